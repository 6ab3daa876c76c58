"""Sessions: a sign-in on one device, in one company, which its refresh tokens keep going until it ends or expires."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action
from apps.auth import conf
from apps.auth.documents import Session
from apps.auth.domain import audited
from apps.auth.enums import Access
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.data import keyset, transaction
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from datetime import datetime

    from apps.auth.domain.memberships import MembershipRecord

_SALT_BYTES: Final = 16
_WHOSE: Final = dict.fromkeys(("company_id", "location", "identity_id", "membership_id"), 1)
_NULL: Final = {"$type": "null"}  # None also means missing: two intervals of the index, not to be merged in order


@dataclass(frozen=True, slots=True)
class Device:
    """Where a sign-in came from, for its owner to recognize."""

    user_agent: str
    address: str


@dataclass(frozen=True, slots=True)
class Acting:
    """That staff act as the person: who, how far, until when; the versions are those of their token."""

    operator: str
    access: Access
    until: datetime
    company_version: int
    membership_version: int


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as it was read; `generation` counts from 1 and is raised by each refresh.

    `acting` is None unless staff act as the person: then it has no refresh token, and ends at another time.
    """

    id: ObjectId
    device: Device
    identity_id: ObjectId
    membership_id: ObjectId
    company_id: ObjectId
    location: str
    salt: bytes
    generation: int
    created_at: datetime
    rotated_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    revoked_tokens: frozenset[str]
    acting: Acting | None = None

    @property
    def good_until(self) -> datetime:
        """Tell when it expires."""
        return self.expires_at if self.acting is None else self.acting.until

    @property
    def is_live(self) -> bool:
        """Tell whether it has neither ended nor expired."""
        return self.ended_at is None and self.good_until > clock.now()


@dataclass(frozen=True, slots=True)
class Sessions:
    """A page of sessions, and where the next one starts."""

    rows: list[SessionRecord]
    next: keyset.Position | None


def start(
    membership: MembershipRecord, *, device: Device, expires_at: datetime | None = None, acting: Acting | None = None
) -> SessionRecord:
    """Insert a session for a membership; it expires `SESSION_LIFETIME` from now, or when the caller says."""
    now = clock.now()
    acted = {} if acting is None else {"acting": {**asdict(acting), "access": acting.access.value, "is_open": True}}
    document: dict[str, Any] = {
        "_id": ObjectId(),
        "identity_id": membership.identity_id,
        "membership_id": membership.id,
        "company_id": membership.company_id,
        "location": membership.location,
        "salt": secrets.token_bytes(_SALT_BYTES),
        "generation": 1,
        "rotated_at": now,
        "created_at": now,
        "expires_at": expires_at or now + conf.SESSION_LIFETIME,
        "ended_at": None,
        "end_reason": None,
        "revoked_tokens": [],
        "user_agent": device.user_agent[: conf.USER_AGENT_KEPT],
        "address": device.address,
        **acted,
    }
    Session.collection().insert_one(document)
    return record_of(document)


def by_id(session_id: ObjectId) -> SessionRecord | None:
    """Read a session, one that has ended too."""
    document = Session.collection().find_one({"_id": session_id})
    return None if document is None else record_of(document)


def live_of(identity_id: ObjectId, *, limit: int, after: keyset.Position | None = None) -> Sessions:
    """List the live sessions of a person, in all companies, the newest first."""
    walk = keyset.Walk({"identity_id": identity_id, **_live()}, keyset.Order("created_at", descending=True), limit)
    found = keyset.page(Session.collection(), walk, after=after)
    return Sessions([record_of(row) for row in found.rows], found.next)


def count_live(**whose: ObjectId | dict[str, Any]) -> int:
    """Count the live sessions of `identity_id=` or `membership_id=`."""
    return Session.collection().count_documents({**whose, **_live()})


def note_switch(session_id: ObjectId) -> SessionRecord | None:
    """Note that another session is started from this one, inside the caller's transaction; None where it is not live.

    It writes, so that of a switch and the end of the session at the same time, MongoDB lets one go first.
    """
    return _noted(session_id, field="switched_at")


def note_key(session_id: ObjectId) -> SessionRecord | None:
    """Note that an API key is issued in this session, as `note_switch` does; None where it is not live.

    So no key comes to be, and stays, beside whatever ends its member's sessions: removal, another role, a takeover.
    """
    return _noted(session_id, field="key_issued_at")


def raise_generation(session_id: ObjectId, *, from_generation: int) -> SessionRecord | None:
    """Raise the generation of a live session if it still is the given one; None where it is not."""
    return transaction.run(partial(_raise_generation, session_id, from_generation=from_generation))


def _raise_generation(session_id: ObjectId, *, from_generation: int) -> SessionRecord | None:
    now = clock.now()
    document = Session.collection().find_one_and_update(
        {"_id": session_id, "generation": from_generation, "ended_at": None, "expires_at": {"$gt": now}},
        {"$inc": {"generation": 1}, "$set": {"rotated_at": now}},
        return_document=ReturnDocument.AFTER,
    )
    if document is None:
        return None
    audit_api.record([audited.of_session(Action.SESSION_REFRESHED, document)])
    return record_of(document)


def end(session_id: ObjectId, *, reason: str) -> None:
    """End a session with its refresh and access tokens. One that has ended keeps its first reason."""
    transaction.run(partial(_end, {"_id": session_id}, reason=reason))


def end_own(session_id: ObjectId, *, identity_id: ObjectId, reason: str) -> bool:
    """End a session of a person; False where it is not theirs, or not live any more."""
    where = {"_id": session_id, "identity_id": identity_id, "expires_at": {"$gt": clock.now()}}
    return transaction.run(partial(_end, where, reason=reason))


def revoke_token(session_id: ObjectId, *, jti: str, expires_at: datetime) -> bool:
    """End one access token of a session that goes on; False where that session is not there or not live.

    jti: the token's id. expires_at: from then on nobody needs to remember it, so it goes with the next that comes.
    """
    return transaction.run(partial(_revoke_token, session_id, jti=jti, expires_at=expires_at))


def end_for_membership(membership_id: ObjectId, *, reason: str) -> int:
    """End every session of a membership, and tell how many there were.

    Their access tokens end by the membership's version, which the caller raises and announces in the same transaction.
    """
    return _end_all({"membership_id": membership_id}, reason=reason)


def end_for_memberships(membership_ids: list[ObjectId], *, reason: str) -> int:
    """End every session of these memberships, and tell how many there were; see `end_for_membership`."""
    return _end_all({"membership_id": {"$in": membership_ids}}, reason=reason)


def end_for_identity(identity_id: ObjectId, *, reason: str) -> int:
    """End every session of a person, in all companies, and tell how many there were; see `end_for_membership`."""
    return _end_all({"identity_id": identity_id}, reason=reason)


def end_others(identity_id: ObjectId, *, session_id: ObjectId, reason: str) -> None:
    """End every session of a person but one, in all companies, with their tokens, inside the caller's transaction."""
    others = {"identity_id": identity_id, "_id": {"$ne": session_id}, "ended_at": None}
    found = list(Session.collection().find(others, {"company_id": 1}))
    _end_all({"_id": {"$in": [each["_id"] for each in found]}}, reason=reason)
    tenants_api.announce(
        Change(Level.CREDENTIAL, str(each["_id"]), company_id=str(each["company_id"])) for each in found
    )


def _end(where: dict[str, Any], *, reason: str) -> bool:
    ended = Session.collection().find_one_and_update(
        {**where, "ended_at": None},
        {"$set": {"ended_at": clock.now(), "end_reason": reason}},
        projection=_WHOSE,
    )
    if ended is None:
        return False
    audit_api.record([audited.of_session(Action.SESSION_ENDED, ended, reason=reason)])
    tenants_api.announce([Change(Level.CREDENTIAL, str(ended["_id"]), company_id=str(ended["company_id"]))])
    return True


def _revoke_token(session_id: ObjectId, *, jti: str, expires_at: datetime) -> bool:
    now = clock.now()
    kept = {"input": {"$ifNull": ["$revoked_tokens", []]}, "as": "token", "cond": {"$gt": ["$$token.expires_at", now]}}
    marked = {"jti": {"$literal": jti}, "expires_at": expires_at}
    document = Session.collection().find_one_and_update(
        {"_id": session_id, "ended_at": None, "expires_at": {"$gt": now}},
        [{"$set": {"revoked_tokens": {"$concatArrays": [{"$filter": kept}, [marked]]}}}],
        projection=_WHOSE,
    )
    if document is None:
        return False
    audit_api.record([audited.of_session(Action.TOKEN_REVOKED, document)])
    company_id = str(document["company_id"])
    tenants_api.announce([Change(Level.TOKEN, jti, company_id=company_id, credential_id=str(session_id))])
    return True


def _noted(session_id: ObjectId, *, field: str) -> SessionRecord | None:
    now = clock.now()
    document = Session.collection().find_one_and_update(
        {"_id": session_id, "ended_at": None, "expires_at": {"$gt": now}}, {"$set": {field: now}}
    )
    return None if document is None else record_of(document)


def _live() -> dict[str, Any]:
    """Give what is so of sessions that are live: those of staff who act as somebody are kept for longer than that."""
    return {"ended_at": _NULL, "expires_at": {"$gt": clock.now()}, "acting.until": {"$not": {"$lte": clock.now()}}}


def _end_all(whose: dict[str, Any], *, reason: str) -> int:
    change = {"$set": {"ended_at": clock.now(), "end_reason": reason}}
    return Session.collection().update_many({**whose, "ended_at": None}, change).modified_count


def record_of(document: dict[str, Any]) -> SessionRecord:
    """Give a session's document as what leaves the domain."""
    return SessionRecord(
        id=document["_id"],
        device=Device(user_agent=document["user_agent"], address=document["address"]),
        identity_id=document["identity_id"],
        membership_id=document["membership_id"],
        company_id=document["company_id"],
        location=document["location"],
        salt=bytes(document["salt"]),
        generation=document["generation"],
        created_at=document["created_at"],
        rotated_at=document["rotated_at"],
        expires_at=document["expires_at"],
        ended_at=document.get("ended_at"),
        end_reason=document.get("end_reason"),
        revoked_tokens=frozenset(token["jti"] for token in document.get("revoked_tokens", ())),
        acting=_acting(document.get("acting")),
    )


def _acting(stored: dict[str, Any] | None) -> Acting | None:
    if not stored:
        return None
    return Acting(
        operator=stored["operator"],
        access=Access(stored["access"]),
        until=stored["until"],
        company_version=stored["company_version"],
        membership_version=stored["membership_version"],
    )
