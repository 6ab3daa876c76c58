"""Whoever asks, as they see themselves: the person, their place in this company, the company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.domain import audited, identities, memberships, signin
from apps.tenants import api as tenants_api
from novapulse.data import transaction
from novapulse.errors import InvalidToken

if TYPE_CHECKING:
    from bson import ObjectId

    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.memberships import MembershipRecord
    from apps.tenants.api import CompanyRecord
    from novapulse.context import Principal


@dataclass(frozen=True, slots=True)
class Profile:
    """A person in a company; `operator` is whoever of the staff acts as them, empty where they ask themself."""

    identity: IdentityRecord
    membership: MembershipRecord
    company: CompanyRecord
    operator: str = ""


def of(principal: Principal) -> Profile:
    """Read the profile of whoever asks; raise InvalidToken where their membership has ended since they signed in."""
    membership = memberships.active(principal.membership_id)
    if membership is None:
        raise InvalidToken
    identity = identities.identity(membership.identity_id)
    return Profile(identity, membership, tenants_api.company(membership.company_id), principal.operator)


def renamed(principal: Principal, *, name: str) -> Profile:
    """Change the name of whoever asks; raise InvalidToken, and change nothing, where their membership has ended."""

    def rename() -> Profile:
        identities.rename(principal.identity_id, name=name)
        renamed = Entry(Action.PERSON_RENAMED, kind="member", changed=["name"])
        audit_api.record(audited.everywhere(principal.identity_id, renamed))
        return of(principal)

    return transaction.run(rename)


def companies_of(identity_id: ObjectId) -> list[dict[str, Any]]:
    """List the companies that a person may work in, with their role in each."""
    return [
        {
            "id": seat.company.id,
            "name": seat.company.name,
            "slug": seat.company.slug,
            "role": seat.membership.role.value,
            "membership_id": seat.membership.id,
        }
        for seat in signin.seats_of(memberships.active_of(identity_id))
    ]


def present(profile: Profile) -> dict[str, Any]:
    """Give what the API shows of a profile; `version` is the person's."""
    identity, membership, company = profile.identity, profile.membership, profile.company
    return {
        "id": identity.id,
        "name": identity.name,
        "email": identity.email,
        "email_verified": identity.email_verified_at is not None,
        "mfa_enabled": identity.has_mfa,
        "membership_id": membership.id,
        "role": membership.role.value,
        "company": {"id": company.id, "name": company.name, "slug": company.slug},
        "acted_by": profile.operator or None,
        "version": identity.version,
        "created_at": identity.created_at,
        "updated_at": identity.updated_at,
    }


def present_owner(identity: IdentityRecord, *, membership: MembershipRecord) -> dict[str, Any]:
    """Give what a signup shows of the owner that it has made."""
    return {
        "id": identity.id,
        "name": identity.name,
        "email": identity.email,
        "membership_id": membership.id,
        "role": membership.role.value,
    }
