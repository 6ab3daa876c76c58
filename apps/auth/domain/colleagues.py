"""Members of the bound company, as apps above ask about them: by their address, and whether they still may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.documents import Identity, Membership
from apps.auth.domain import identities, permissions
from apps.auth.enums import MembershipStatus
from apps.tenants import api as tenants_api
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bson import ObjectId

_ACTIVE = MembershipStatus.ACTIVE.value


def may(membership_id: ObjectId, permission: str) -> bool:
    """Tell whether a member holds a permission now: for work that goes on after they have asked for it.

    False where the membership has ended or its role lacks the permission, where operators have deactivated whoever is
    behind it, while the company is suspended, and for what changes something while it is read-only. Three commands.
    """
    company_id = scope.current().company_id
    where = {"_id": membership_id, "company_id": company_id, "status": _ACTIVE}
    membership = Membership.collection().find_one(where, {"role": 1, "identity_id": 1})
    if membership is None or not permissions.is_granted(permission, role=membership["role"]):
        return False
    company = tenants_api.company(company_id)
    if not company.is_open or (company.is_read_only and permissions.is_change(permission)):
        return False
    return identities.identity(membership["identity_id"]).is_active


def emails(ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
    """Give the addresses of members of the company, also of those who have left, by two commands; none cost nothing."""
    wanted = list(ids)
    if not wanted:
        return {}
    where = {"_id": {"$in": wanted}, "company_id": scope.current().company_id}
    behind = {
        member["_id"]: member["identity_id"] for member in Membership.collection().find(where, {"identity_id": 1})
    }
    found = Identity.collection().find({"_id": {"$in": list(behind.values())}}, {"email": 1})
    addresses = {identity["_id"]: identity["email"] for identity in found}
    return {member: addresses[identity] for member, identity in behind.items()}


def by_email(emails: Iterable[str]) -> dict[str, ObjectId]:
    """Find the active members with these addresses by two commands; others are left out. None of them costs nothing.

    emails: addresses in any case; the answer names them as they were given.
    """
    keys = {email: identities.email_key(email) for email in emails}
    if not keys:
        return {}
    found = Identity.collection().find({"email_key": {"$in": sorted(set(keys.values()))}}, {"email_key": 1})
    names = {identity["_id"]: identity["email_key"] for identity in found}
    where = {"company_id": scope.current().company_id, "identity_id": {"$in": list(names)}, "status": _ACTIVE}
    members = Membership.collection().find(where, {"identity_id": 1})
    by_key = {names[member["identity_id"]]: member["_id"] for member in members}
    return {email: by_key[key] for email, key in keys.items() if key in by_key}
