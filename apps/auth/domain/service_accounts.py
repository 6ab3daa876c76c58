"""Service accounts: members that are programs. They have API keys and nothing else to come in by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bson import ObjectId
from django.contrib.auth import hashers

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import conf
from apps.auth.domain import identities, members, memberships
from apps.auth.enums import MembershipKind, Role
from apps.auth.errors import AboveYourRole, ServiceAccountRole
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service account to be made: what people call it, and its role."""

    name: str
    role: Role


def create(wanted: Wanted) -> MembershipRecord:
    """Make a service account in the bound company, inside the caller's transaction; it ends as every member does.

    Nobody signs in as one: its password is none, its address is one that no mail reaches and no sign-in looks up.

    Raises Denied, AboveYourRole, ServiceAccountRole.
    """
    if not members.acting("members.update").may_grant(wanted.role):
        raise AboveYourRole
    if wanted.role is Role.OWNER:
        raise ServiceAccountRole("/service_account/role")
    bound = scope.current()
    identity = identities.create(
        email=f"{ObjectId()}@{conf.SERVICE_DOMAIN}",
        name=wanted.name,
        password_hash=hashers.make_password(None),
        verified=True,  # what is not verified could be taken over
    )
    membership = memberships.create(
        company_id=bound.company_id,
        location=bound.location,
        identity_id=identity.id,
        role=wanted.role,
        kind=MembershipKind.SERVICE,
    )
    members.tell_joined(membership.id)
    details = {"role": wanted.role.value, "kind": MembershipKind.SERVICE.value}
    audit_api.record([Entry(Action.MEMBER_JOINED, membership.id, details=details)])
    return membership
