"""The people of a company as its whole export names them, and how such an export brings them back.

By address alone: no password, key or session is exported, so whoever is new here comes in by a password reset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from django.contrib.auth import hashers

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.documents import Identity, Membership
from apps.auth.domain import identities
from apps.auth.enums import MembershipKind, MembershipStatus, Role
from novapulse import clock
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]

_NAMES = frozenset({"email", "name", "role", "kind", "status"})
_CHOICES = {"role": Role, "kind": MembershipKind, "status": MembershipStatus}


def roster() -> list[Row]:
    """Give everybody who is or was a member of the bound company, in the order of their addresses: two commands."""
    members = list(Membership.collection().find({"company_id": scope.current().company_id}))
    found = Identity.collection().find({"_id": {"$in": [each["identity_id"] for each in members]}})
    people = {each["_id"]: each for each in found}
    rows = [
        {
            "email": people[each["identity_id"]]["email"],
            "name": people[each["identity_id"]]["name"],
            "role": each["role"],
            "kind": each["kind"],
            "status": each["status"],
        }
        for each in members
    ]
    return sorted(rows, key=lambda row: str(row["email"]))


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Who of those whom an export names would own the company, and how many of all have an account here already."""

    owners: tuple[str, ...]
    known: int


def foresee(rows: Iterable[Row]) -> Foreseen:
    """Tell what `restore` would do, and change nothing: one command.

    Raises ValueError for a row that is none of `roster`, and for an address that stands there twice.
    """
    named = [_checked(row) for row in rows]
    people = {identities.email_key(row["email"]): row for row in named}
    if len(people) != len(named):
        raise ValueError("the same address twice")
    known = Identity.collection().count_documents({"email_key": {"$in": list(people)}})
    owners = (row for row in people.values() if row["role"] == Role.OWNER and row["status"] == MembershipStatus.ACTIVE)
    return Foreseen(tuple(row["email"] for row in owners), known)


def restore(rows: Iterable[Row], *, reason: str = "imported") -> dict[str, ObjectId]:
    """Make members of the bound company, inside the caller's transaction; give the membership of each address.

    Who is a member already stays what they are. Who is known here by their address is the same person; anybody else
    gets an identity without a password, whose address counts as not verified. Nobody is told by mail.

    reason: what the audit says of why they are members.

    Raises ValueError for a row that is none of `roster`.
    """
    return {row["email"]: _membership(_checked(row), reason=reason) for row in rows}


def _membership(row: Row, *, reason: str) -> ObjectId:
    bound, identity_id = scope.current(), _identity(row)
    held = Membership.collection().find_one({"company_id": bound.company_id, "identity_id": identity_id}, {"_id": 1})
    if held is not None:
        return held["_id"]  # type: ignore[no-any-return]  # documents are untyped
    now, membership_id = clock.now(), ObjectId()
    Membership.collection().insert_one(
        {
            "_id": membership_id,
            "company_id": bound.company_id,
            "location": bound.location,
            "identity_id": identity_id,
            "role": row["role"],
            "kind": row["kind"],
            "status": row["status"],
            "credential_version": 1,
            "version": 1,
            "created_at": now,
            "updated_at": now,
            "ended_at": now if row["status"] == MembershipStatus.ENDED else None,
        }
    )
    audit_api.record([Entry(Action.MEMBER_JOINED, membership_id, details={"role": row["role"]}, reason=reason)])
    return membership_id


def _identity(row: Row) -> ObjectId:
    # Written, not read: whoever deletes at the same time the last company of this person starts again.
    found = Identity.collection().find_one_and_update(
        {"email_key": identities.email_key(row["email"])}, {"$inc": {"holds": 1}}, {"_id": 1}
    )
    if found is not None:
        return found["_id"]  # type: ignore[no-any-return]  # as above
    is_service = row["kind"] == MembershipKind.SERVICE
    made = identities.create(
        email=row["email"], name=row["name"], password_hash=hashers.make_password(None), verified=is_service
    )
    return made.id


def _checked(row: Row) -> Row:
    has_form = set(row) == _NAMES and all(isinstance(value, str) and value for value in row.values())
    if not has_form or "@" not in row["email"] or any(row[name] not in list(kind) for name, kind in _CHOICES.items()):
        raise ValueError("not a member as exports name them")
    is_service = row["kind"] == MembershipKind.SERVICE
    if is_service is not identities.is_of_service(row["email"]) or (is_service and row["role"] == Role.OWNER):
        raise ValueError("not a service account as there are any")
    return row
