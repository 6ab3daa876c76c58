"""Signup: a company, its owner and the owner's first session, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.domain import audited, grants, identities, memberships, passwords, sessions
from apps.auth.enums import Role
from apps.observability import api as observability_api
from apps.tenants import api as tenants_api
from novapulse.data import transaction

if TYPE_CHECKING:
    from bson import ObjectId

    from apps.auth.domain.grants import Grant
    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import Device, SessionRecord
    from apps.tenants.api import CompanyRecord


@dataclass(frozen=True, slots=True)
class Application:
    """What a signup says, validated; `country` is ISO 3166-1 alpha-2."""

    company_name: str
    company_slug: str
    country: str
    name: str
    email: str
    password: str

    def __repr__(self) -> str:
        """Show no password."""
        return f"Application(company_slug={self.company_slug!r})"


@dataclass(frozen=True, slots=True)
class Founded:
    """What a signup has made."""

    company: CompanyRecord
    owner: IdentityRecord
    membership: MembershipRecord
    session: SessionRecord


def sign_up(application: Application, *, device: Device) -> tuple[Founded, Grant]:
    """Found a company and sign its owner in.

    The password is hashed first, since that takes long, then all four documents are inserted in one transaction.

    Raises PasswordRefused; EmailTaken and SlugTaken, also for the later of two at once.
    """
    password_hash = passwords.accepted(application.password, context=_names(application))
    founded = transaction.run(lambda: _found(application, password_hash=password_hash, device=device))
    observability_api.signed_up()
    grant = grants.of(founded.session, membership=founded.membership, company=founded.company)
    return founded, grant


def _found(application: Application, *, password_hash: str, device: Device) -> Founded:
    owner = identities.create(email=application.email, name=application.name, password_hash=password_hash)
    company = tenants_api.create_company(
        name=application.company_name, slug=application.company_slug, country=application.country
    )
    membership = memberships.create(
        company_id=company.id, location=company.country, identity_id=owner.id, role=Role.OWNER
    )
    session = sessions.start(membership, device=device)
    audit_api.record(_told(membership, session_id=session.id))
    return Founded(company, owner, membership, session)


def _told(membership: MembershipRecord, *, session_id: ObjectId) -> list[Entry]:
    home, by = membership.home, audited.signer(membership, session_id=session_id)
    return [
        Entry(Action.COMPANY_CREATED, membership.company_id, home=home, by=by),
        Entry(Action.MEMBER_JOINED, membership.id, details={"role": membership.role.value}, home=home, by=by),
        audited.signed_in(membership, session_id=session_id, reason="signup"),
    ]


def _names(application: Application) -> tuple[str, ...]:
    local_part = application.email.rpartition("@")[0]
    return (application.company_name, application.company_slug, application.name, local_part)
