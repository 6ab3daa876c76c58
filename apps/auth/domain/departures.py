"""The people of a company that is deleted: memberships go, and with them whoever belongs to no other company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apps.auth.documents import Identity, Membership

if TYPE_CHECKING:
    from bson import ObjectId

_PART: Final = 100  # people of one transaction


@dataclass(frozen=True, slots=True)
class Departed:
    """Who goes: memberships, and the identities of those among them who belong to no other company; the others stay."""

    memberships: tuple[ObjectId, ...] = ()
    identities: tuple[ObjectId, ...] = ()
    staying: tuple[ObjectId, ...] = ()


def departing(company_id: ObjectId) -> Departed:
    """Tell who goes next, some at a time: three commands. Nobody is left where no memberships are given.

    Who was a member of another company stays known there, since its tasks still name them.
    """
    members = list(Membership.collection().find({"company_id": company_id}, {"identity_id": 1}, limit=_PART))
    ids = [each["identity_id"] for each in members]
    elsewhere = Membership.collection().distinct(
        "identity_id", {"identity_id": {"$in": ids}, "company_id": {"$ne": company_id}}
    )
    return Departed(tuple(each["_id"] for each in members), tuple(set(ids) - set(elsewhere)), tuple(elsewhere))


def leaving(company_id: ObjectId) -> int:
    """Count the people who belong to no other company, and so would go with this one."""
    members = Membership.collection().find({"company_id": company_id}, {"identity_id": 1})
    ids = [each["identity_id"] for each in members]
    return sum(_only_here(company_id, ids[start : start + _PART]) for start in range(0, len(ids), _PART))


def _only_here(company_id: ObjectId, ids: list[ObjectId]) -> int:
    where = {"identity_id": {"$in": ids}, "company_id": {"$ne": company_id}}
    return len(set(ids)) - len(Membership.collection().distinct("identity_id", where))


def people(company_id: ObjectId) -> int:
    """Count the memberships of a company, those that have ended included."""
    return Membership.collection().count_documents({"company_id": company_id})


def depart(company_id: ObjectId) -> Departed:
    """Let them go, inside the caller's transaction.

    Whoever accepts an invitation elsewhere at the same time writes to their identity, so one of the two starts again.
    So it is where their other company is deleted at the same time: who stays is written to, and whichever of the two
    starts again finds them with no company at all.
    """
    gone = departing(company_id)
    Identity.collection().update_many({"_id": {"$in": list(gone.staying)}}, {"$inc": {"holds": 1}})
    Identity.collection().delete_many({"_id": {"$in": list(gone.identities)}})
    Membership.collection().delete_many({"_id": {"$in": list(gone.memberships)}})
    return gone
