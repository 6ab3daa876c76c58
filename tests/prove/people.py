"""Companies and their people, made by the domain itself in this process: what is proven is the fleet."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.auth.domain import grants, identities, memberships, sessions, signin, signup
from apps.auth.domain.signin import Credentials
from apps.auth.domain.signup import Application
from apps.auth.enums import Role
from apps.tenants import api as tenants_api
from apps.tenants.domain import limits
from apps.tenants.domain.limits import Agreement
from novapulse.gate import gate
from tests.api import PASSWORD

if TYPE_CHECKING:
    from bson import ObjectId

DEVICE = sessions.Device("prove", "127.0.0.1")
PLENTY = {"quota": 1_000_000, "window_seconds": 60, "concurrency": 1_000}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in."""

    token: str
    refresh_token: str
    email: str
    location: str

    @property
    def session_id(self) -> str:
        return str(claims(self.token)["sid"])

    @property
    def membership_id(self) -> str:
        return str(claims(self.token)["mid"])


@dataclass(frozen=True, slots=True)
class Tenant:
    """A company and its owner."""

    id: ObjectId
    slug: str
    owner: Caller


def found(**agreed: int) -> Tenant:
    """Found a company; its limits are out of the way unless others are given."""
    slug = f"c-{secrets.token_hex(6)}"
    email = f"owner@{slug}.example"
    application = Application(slug, slug, "DE", "Olive Owner", email, PASSWORD)
    founded, grant = signup.sign_up(application, device=DEVICE)
    agree(slug, **{**PLENTY, **agreed})
    return Tenant(founded.company.id, slug, Caller(grant.access_token, grant.refresh_token, email, "DE"))


def agree(slug: str, **agreed: int) -> None:
    """Change what a company may do. Redis is tried at any rate: nothing in this process finds out when it is back."""
    gate.current().circuit.recovered()
    limits.agree(slug, Agreement(**agreed))


def sign_in(tenant: Tenant, email: str = "") -> Caller:
    """Start one more session of the owner, or of somebody else in the company."""
    email = email or tenant.owner.email
    grant = signin.log_in(Credentials(email, PASSWORD, tenant.slug), device=DEVICE)
    return Caller(grant.access_token, grant.refresh_token, email, tenant.owner.location)


def join_as_well(tenant: Tenant, email: str) -> ObjectId:
    """Put somebody of another company into this one as well; give who that is."""
    known = identities.by_email(email)
    assert known is not None
    company = tenants_api.company(tenant.id)
    memberships.create(company_id=company.id, location=company.country, identity_id=known.id, role=Role.MEMBER)
    return known.id


def join(tenant: Tenant, role: Role = Role.MEMBER) -> Caller:
    """Put somebody new into the company, with the password that all have, and sign them in."""
    email = f"{role}.{secrets.token_hex(4)}@{tenant.slug}.example"
    known = identities.by_email(tenant.owner.email)
    assert known is not None
    identity = identities.create(email=email, name="Some One", password_hash=known.password_hash, verified=True)
    company = tenants_api.company(tenant.id)
    membership = memberships.create(company_id=company.id, location=company.country, identity_id=identity.id, role=role)
    session = sessions.start(membership, device=DEVICE)
    grant = grants.of(session, membership=membership, company=company)
    return Caller(grant.access_token, grant.refresh_token, email, company.country)


def claims(token: str) -> dict[str, object]:
    """Read what a token says, without checking it."""
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
