"""Many people at once, who cannot sign in: for whoever fills a company to see how it bears that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth import hashers

from apps.auth.documents import Identity, Membership
from apps.auth.domain import identities, memberships
from apps.auth.enums import MembershipKind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bson import ObjectId

    from novapulse.tenancy.scope import Scope


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody new in a company, by an address that nobody has."""

    home: Scope
    email: str
    name: str
    role: Role


def insert_members(rows: Iterable[NewMember]) -> list[ObjectId]:
    """Make people who are members, of whatever companies; give their memberships in the same order: two commands.

    They have no password and their addresses count as not verified. The audit is told nothing: whoever calls tells how
    many there are.

    Raises pymongo's BulkWriteError where an address is taken.
    """
    unusable, listed = hashers.make_password(None), list(rows)
    people = [identities.document_of(email=row.email, name=row.name, password_hash=unusable) for row in listed]
    members = [
        memberships.document_of(row.home, identity_id=person["_id"], role=row.role, kind=MembershipKind.PERSON)
        for person, row in zip(people, listed, strict=True)
    ]
    Identity.collection().insert_many(people, ordered=False)
    Membership.collection().insert_many(members, ordered=False)
    return [member["_id"] for member in members]
