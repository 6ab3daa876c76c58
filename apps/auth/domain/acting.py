"""Acting as a user: staff see the API as a member does, for a while, and the company sees that they do.

1. It begins in one transaction: the membership is entered as at a sign-in, a session of the member's is started, the
   company's audit tells who acts as whom, and its owners and the member are told by mail.
2. Staff get an access token of that session, which names them (`act`, RFC 8693, 4.1), is narrowed to what
   `permissions.OF_OPERATORS` has, and lives as long as the session. There is no refresh token.
3. It ends at its time, when staff or the member end the session, and with whatever ends the member's or the company's
   credentials: what ends an access token ends this one too.
4. Its end is told to the company's audit: by whoever of the staff ends it, or else by the next look (`tell_ended`).
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import conf
from apps.auth.documents import Session
from apps.auth.domain import identities, memberships, mfa, permissions, sessions, tokens, truths
from apps.auth.domain.sessions import Acting, Device
from apps.auth.enums import MembershipKind
from apps.auth.errors import CompanySuspended, NotToActAs
from apps.tenants import api as tenants_api
from novapulse import clock, log
from novapulse.data import transaction
from novapulse.errors import Invalid, NotFound, Trouble
from novapulse.gate.decision import Credential
from novapulse.tasks import enqueue
from novapulse.tenancy import scope
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bson import ObjectId

    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import SessionRecord
    from apps.auth.enums import Access
    from apps.tenants.api import CompanyRecord

_logger = logging.getLogger("novapulse.auth")

_OPEN: Final = {"acting.is_open": True}
_NOWHERE: Final = Device(user_agent="", address="")  # where staff sit is told by the audit
_EXPIRED: Final = "expired"
_BY_STAFF: Final = "ended-by-operator"


@dataclass(frozen=True, slots=True)
class Begun:
    """An acting that has begun, and its token, which is shown once."""

    session: SessionRecord
    token: str

    def __repr__(self) -> str:
        """Show no token."""
        return f"Begun({self.session.id})"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An acting that goes on, by the id of its session: who of the staff acts as whom, where, how far, how long."""

    id: ObjectId
    operator: str
    identity_id: ObjectId
    company_id: ObjectId
    access: Access
    since: datetime
    until: datetime


def begin(membership_id: ObjectId, *, operator: str, access: Access, length: timedelta) -> Begun:
    """Let a member of staff act as a member, from now on and for so long.

    operator: their account. length: `ACTING_LONGEST` at most.

    Raises Invalid, NotFound, NotToActAs, CompanySuspended.
    """
    if length > conf.ACTING_LONGEST or length.total_seconds() <= 0:
        raise Invalid(f"Staff act as somebody for {conf.ACTING_LONGEST.total_seconds() / 60:.0f} minutes at most.")
    membership = _open_to_staff(membership_id)
    company = tenants_api.company(membership.company_id)
    if not company.is_open:
        raise CompanySuspended
    with scope.company(membership.company_id, location=membership.location):
        start = partial(_begin, membership_id, company=company, operator=operator, access=access, length=length)
        entered, session = transaction.run(start)
    scopes = _scopes(entered, company=company, access=access)
    version = company.credential_version
    return Begun(session, tokens.issue(session, membership=entered, company_version=version, scopes=scopes))


def end(session_id: ObjectId) -> None:
    """End an acting with its token, on every process within a second. Raises NotFound where it is over."""

    def close() -> None:
        sessions.end(session_id, reason=_BY_STAFF)
        if not _told(session_id, reason=_BY_STAFF):
            raise NotFound("It is over already.")

    transaction.run(close)


def end_all_of(operator: str) -> int:
    """End whatever a member of staff acts as, as when they are shut out themself; tell how many that were."""
    theirs = [each.id for each in under_way() if each.operator == operator]
    for session_id in theirs:
        with suppress(NotFound):  # over meanwhile, by somebody else; the others are not
            end(session_id)
    return len(theirs)


def under_way() -> list[UnderWay]:
    """List the actings whose tokens are good now, the first to expire first."""
    return [_under_way(each) for each in _open() if _why_ended(each) is None]


def _under_way(session: SessionRecord) -> UnderWay:
    known = session.acting
    if known is None:
        raise ValueError("Nobody of the staff acts in this session.")
    return UnderWay(
        session.id,
        known.operator,
        session.identity_id,
        session.company_id,
        known.access,
        since=session.created_at,
        until=known.until,
    )


def tell_ended() -> int:
    """Tell the audit of actings that have ended without anybody's telling; tell how many.

    Any number of processes may do so at once: each end is told once. Fails open: where MongoDB is away the next look
    tells, and a line in the log says so.
    """
    told = 0
    try:
        for each in _open():
            why = _why_ended(each)
            if why is not None:
                told += transaction.run(partial(_told, each.id, reason=why))
    except (PyMongoError, Trouble) as error:
        log.event(_logger, "auth.actings_told_later", level=logging.WARNING, error=type(error).__name__)
    return told


def _open_to_staff(membership_id: ObjectId) -> MembershipRecord:
    membership = memberships.active(membership_id)
    if membership is None:
        raise NotFound(f"There is no active membership {membership_id}.")
    if membership.kind is not MembershipKind.PERSON:
        raise NotToActAs("A service account is a program's: it has no person to act as.")
    return membership


def _begin(
    membership_id: ObjectId, *, company: CompanyRecord, operator: str, access: Access, length: timedelta
) -> tuple[MembershipRecord, SessionRecord]:
    membership = memberships.entered(membership_id)
    if membership is None:
        raise NotFound(f"There is no active membership {membership_id}.")
    if not identities.identity(membership.identity_id).is_active:  # whatever shuts them out writes the membership, too
        raise NotToActAs("Whoever this is may not sign in themself.")
    until = clock.now() + length
    acting = Acting(operator, access, until, company.credential_version, membership.credential_version)
    session = sessions.start(membership, device=_NOWHERE, expires_at=until + conf.ACTING_KEPT, acting=acting)
    audit_api.record([Entry(Action.ACTING_BEGUN, membership.id, kind="member", details={"access": access.value})])
    enqueue("apps.auth.tasks.tell_of_acting", str(session.id))
    return membership, session


def _scopes(membership: MembershipRecord, *, company: CompanyRecord, access: Access) -> frozenset[str]:
    """Narrow to what staff may, and further where the member themself could do next to nothing."""
    scopes = permissions.OF_OPERATORS[access]
    return scopes & permissions.WITHOUT_MFA if mfa.is_missing(membership, company=company) else scopes


def _told(session_id: ObjectId, *, reason: str) -> bool:
    """Tell that an acting is over, inside the caller's transaction; False where that was told before."""
    document = Session.collection().find_one_and_update(
        {"_id": session_id, **_OPEN}, [{"$set": _closed(reason)}], return_document=ReturnDocument.AFTER
    )
    if document is None:
        return False
    closed = sessions.record_of(document)
    home = Scope(closed.company_id, closed.location)
    why = closed.end_reason or reason
    audit_api.record([Entry(Action.ACTING_ENDED, closed.membership_id, kind="member", reason=why, home=home)])
    return True


def _closed(reason: str) -> dict[str, Any]:
    """Give what closes a session; one that has ended already keeps its time and reason."""
    return {
        "acting.is_open": False,
        "ended_at": {"$ifNull": ["$ended_at", clock.now()]},
        "end_reason": {"$ifNull": ["$end_reason", reason]},
    }


def _open() -> list[SessionRecord]:
    """List the sessions in which staff act as somebody, also those of whose end nobody was told; few at any time."""
    return [sessions.record_of(each) for each in Session.collection().find(_OPEN, sort=[("acting.until", 1)])]


def _why_ended(session: SessionRecord) -> str | None:
    """Say why an acting is over, as the gate would; None while it goes on."""
    acting = session.acting
    if acting is None or session.ended_at is not None:
        return session.end_reason or _EXPIRED
    if acting.until <= clock.now():
        return _EXPIRED
    shown = Credential(
        company_id=str(session.company_id),
        membership_id=str(session.membership_id),
        credential_id=str(session.id),
        token_id=str(session.id),  # no token is told from another: there is one
        company_version=acting.company_version,
        membership_version=acting.membership_version,
    )
    level = truths.truth_of(shown).ends(shown)
    return None if level is None else f"{level.value}-credentials-ended"
