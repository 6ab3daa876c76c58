"""Memberships: an identity in a company. What sign-in needs of them; `members` is how a company sees its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from pymongo import ReturnDocument

from apps.auth.documents import Membership
from apps.auth.enums import MembershipKind, MembershipStatus, Role
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.gate.decision import Change, Level
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

_ACTIVE = MembershipStatus.ACTIVE.value


@dataclass(frozen=True, slots=True)
class MembershipRecord:
    """A membership as it was read; `credential_version` is what access tokens carry as `mv`."""

    id: ObjectId
    company_id: ObjectId
    location: str
    identity_id: ObjectId
    role: Role
    kind: MembershipKind
    credential_version: int
    version: int

    @property
    def home(self) -> Scope:
        """Give the scope of its company."""
        return Scope(self.company_id, self.location)


def create(
    *,
    company_id: ObjectId,
    location: str,
    identity_id: ObjectId,
    role: Role,
    kind: MembershipKind = MembershipKind.PERSON,
) -> MembershipRecord:
    """Insert an active membership, inside the caller's transaction."""
    document = document_of(Scope(company_id, location), identity_id=identity_id, role=role, kind=kind)
    Membership.collection().insert_one(document)
    return record(document)


def document_of(home: Scope, *, identity_id: ObjectId, role: Role, kind: MembershipKind) -> dict[str, Any]:
    """Give the document of a new, active membership, as it is stored."""
    now = clock.now()
    return {
        "_id": ObjectId(),
        "company_id": home.company_id,
        "location": home.location,
        "identity_id": identity_id,
        "role": role.value,
        "kind": kind.value,
        "status": _ACTIVE,
        "credential_version": 1,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "ended_at": None,
    }


def begin_again(company_id: ObjectId, *, identity_id: ObjectId, role: Role) -> MembershipRecord | None:
    """Make a membership that had ended active again, in another role; None where there is none that has ended.

    It belongs inside the caller's transaction: the new version is announced with it.
    """
    now = clock.now()
    document = Membership.collection().find_one_and_update(
        {"company_id": company_id, "identity_id": identity_id, "status": MembershipStatus.ENDED.value},
        {
            "$set": {"status": _ACTIVE, "role": role.value, "ended_at": None, "updated_at": now},
            "$inc": {"version": 1, "credential_version": 1},
        },
        return_document=ReturnDocument.AFTER,
    )
    if document is None:
        return None
    announce_versions([document])
    return record(document)


def active(membership_id: ObjectId) -> MembershipRecord | None:
    """Read a membership, None where it has ended or never was."""
    document = Membership.collection().find_one({"_id": membership_id, "status": _ACTIVE})
    return None if document is None else record(document)


def active_of(identity_id: ObjectId) -> list[MembershipRecord]:
    """List the companies that an identity may work in."""
    found = Membership.collection().find({"identity_id": identity_id, "status": _ACTIVE})
    return [record(document) for document in found]


def ids_in(company_id: ObjectId) -> list[ObjectId]:
    """List the ids of the active memberships of a company."""
    found = Membership.collection().find({"company_id": company_id, "status": _ACTIVE}, {"_id": 1})
    return [document["_id"] for document in found]


def active_in(company_id: ObjectId, *, identity_id: ObjectId) -> MembershipRecord | None:
    """Read the membership of an identity in one company, None where there is no active one."""
    document = Membership.collection().find_one(
        {"company_id": company_id, "identity_id": identity_id, "status": _ACTIVE}
    )
    return None if document is None else record(document)


def active_among(ids: Iterable[ObjectId], *, company_id: ObjectId) -> frozenset[ObjectId]:
    """Tell which of these memberships are active in the company, by one command."""
    wanted = list(ids)
    where = {"_id": {"$in": wanted}, "company_id": company_id, "status": _ACTIVE}
    found = Membership.collection().find(where, {"_id": 1}, batch_size=len(wanted) + 1)  # full batches ask for more
    return frozenset(document["_id"] for document in found)


def entered(membership_id: ObjectId) -> MembershipRecord | None:
    """Read the membership that a session is about to start in, inside the caller's transaction; None if it has ended.

    It writes, so that of a sign-in and the end of the membership's credentials at the same time MongoDB lets one go
    first: no session starts with a version that has been raised meanwhile, and none is overlooked by what ends them.
    """
    document = Membership.collection().find_one_and_update(
        {"_id": membership_id, "status": _ACTIVE},
        {"$set": {"entered_at": clock.now()}},
        return_document=ReturnDocument.AFTER,
    )
    return None if document is None else record(document)


def raise_version(membership_id: ObjectId) -> MembershipRecord | None:
    """End every access token of a membership, inside the caller's transaction; None where there is none."""
    document = Membership.collection().find_one_and_update(
        {"_id": membership_id}, {"$inc": {"credential_version": 1}}, return_document=ReturnDocument.AFTER
    )
    if document is None:
        return None
    announce_versions([document])
    return record(document)


def raise_versions_of(identity_id: ObjectId) -> None:
    """End every access token of a person, in all companies, inside the caller's transaction."""
    whose = {"identity_id": identity_id}
    Membership.collection().update_many(whose, {"$inc": {"credential_version": 1}})
    announce_versions(Membership.collection().find(whose, {"company_id": 1, "credential_version": 1}))


def announce_versions(documents: Iterable[dict[str, Any]]) -> None:
    """Tell the gate which versions these memberships have, inside the transaction that has raised them."""
    tenants_api.announce(
        Change(
            Level.MEMBERSHIP, str(each["_id"]), company_id=str(each["company_id"]), version=each["credential_version"]
        )
        for each in documents
    )


def record(document: dict[str, Any]) -> MembershipRecord:
    """Give a membership's document as what leaves the domain."""
    return MembershipRecord(
        id=document["_id"],
        company_id=document["company_id"],
        location=document["location"],
        identity_id=document["identity_id"],
        role=Role(document["role"]),
        kind=MembershipKind(document["kind"]),
        credential_version=document["credential_version"],
        version=document["version"],
    )
