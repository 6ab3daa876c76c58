"""API keys as they are kept: what a presented one opens, and when one ends. `company_keys` is how people see theirs."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.auth.documents import ApiKey
from novapulse import clock

if TYPE_CHECKING:
    from datetime import datetime

    from apps.auth.domain.api_key_text import KeyText
    from apps.auth.domain.memberships import MembershipRecord


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key is made for: a name for people, the permissions that narrow the role (None: none does), its end."""

    name: str
    scopes: tuple[str, ...] | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LiveKey:
    """A key that was presented and is good, apart from its membership and company, which are asked elsewhere."""

    id: ObjectId
    membership_id: ObjectId
    scopes: tuple[str, ...] | None
    expires_at: datetime


def insert(
    key: KeyText, *, digest: bytes, terms: Terms, holder: MembershipRecord, created_by_id: ObjectId
) -> dict[str, Any]:
    """Keep a new key of a membership, inside the caller's transaction; give its document."""
    document: dict[str, Any] = {
        "_id": ObjectId(),
        "company_id": holder.company_id,
        "location": holder.location,
        "membership_id": holder.id,
        "identity_id": holder.identity_id,
        "name": terms.name,
        "prefix": key.prefix,
        "key_hash": digest,
        "scopes": None if terms.scopes is None else list(terms.scopes),
        "created_by_id": created_by_id,
        "created_at": clock.now(),
        "expires_at": terms.expires_at,
        "last_used_at": None,
        "ended_at": None,
        "end_reason": None,
    }
    ApiKey.collection().insert_one(document)
    return document


def presented(prefix: str, *, digest: bytes) -> LiveKey | None:
    """Give the key that a presented text is; None where it is none, has ended or has expired."""
    document = ApiKey.collection().find_one({"prefix": prefix})
    if document is None or not hmac.compare_digest(bytes(document["key_hash"]), digest):
        return None
    return _live(document)


def of_prefix(prefix: str) -> LiveKey | None:
    """Give the key whose text begins so, to whoever ends it; None where there is none, or it has ended or expired."""
    document = ApiKey.collection().find_one({"prefix": prefix})
    return None if document is None else _live(document)


def _live(document: dict[str, Any]) -> LiveKey | None:
    if document["ended_at"] is not None or document["expires_at"] <= clock.now():
        return None
    scopes = None if document["scopes"] is None else tuple(document["scopes"])
    return LiveKey(document["_id"], document["membership_id"], scopes, document["expires_at"])


def is_live(key_id: ObjectId, *, membership_id: ObjectId) -> bool:
    """Tell whether a key of this membership has neither ended nor expired."""
    where = {"_id": key_id, "membership_id": membership_id, "ended_at": None, "expires_at": {"$gt": clock.now()}}
    return ApiKey.collection().find_one(where, {"_id": 1}) is not None


def count_live(identity_id: ObjectId) -> int:
    """Count the keys of a person that have neither ended nor expired, in all companies."""
    where = {"identity_id": identity_id, "ended_at": None, "expires_at": {"$gt": clock.now()}}
    return ApiKey.collection().count_documents(where)


def end(where: dict[str, Any], *, reason: str) -> bool:
    """End one key, inside the caller's transaction; False where the filter finds none that has not ended."""
    ended = ApiKey.collection().find_one_and_update(
        {**where, "ended_at": None}, _ended(reason=reason), projection={"_id": 1}
    )
    return ended is not None


def end_for_membership(membership_id: ObjectId, *, reason: str) -> None:
    """End every key of a membership, inside the transaction that ends the membership.

    The gate hears of it by the membership's version: whoever comes with one of the keys is read again, and refused.
    """
    ApiKey.collection().update_many({"membership_id": membership_id, "ended_at": None}, _ended(reason=reason))


def end_for_identity(identity_id: ObjectId, *, reason: str) -> None:
    """End every key of a person, in all companies; the gate hears of it as in `end_for_membership`."""
    ApiKey.collection().update_many({"identity_id": identity_id, "ended_at": None}, _ended(reason=reason))


def _ended(*, reason: str) -> dict[str, Any]:
    return {"$set": {"ended_at": clock.now(), "end_reason": reason}}
