"""People in companies, put straight into the collections: what tests of domain functions stand on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bson import ObjectId

from apps.auth import conf
from apps.auth.domain import company_keys, identities, memberships, sessions
from apps.auth.domain.api_keys import Terms
from apps.auth.domain.sessions import Device
from apps.tenants import api as tenants_api
from apps.tenants.documents import Company
from novapulse import clock, context
from novapulse.context import Principal
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.enums import Role
    from apps.tenants.api import CompanyRecord


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody and their membership."""

    identity: IdentityRecord
    membership: MembershipRecord

    @property
    def id(self) -> ObjectId:
        return self.membership.id


def company(slug: str, *, country: str = "DE") -> CompanyRecord:
    """Found a company of nobody."""
    return tenants_api.create_company(name=slug.title(), slug=slug, country=country)


def company_with(company_id: ObjectId) -> None:
    """Found a company of nobody that has this id."""
    made = company(f"c{company_id}")
    document = Company.collection().find_one_and_delete({"_id": made.id})
    Company.collection().insert_one({**document, "_id": company_id})  # type: ignore[dict-item]  # just made


def person(home: CompanyRecord, *, role: Role, email: str | None = None) -> Person:
    """Put somebody new into a company; their password hash opens nothing."""
    email = email or f"{role}.{ObjectId()}@{home.slug}.example"
    identity = identities.create(email=email, name=f"Some {role}", password_hash="none", verified=True)
    return Person(identity, seat(home, identity=identity, role=role))


def seat(home: CompanyRecord, *, identity: IdentityRecord, role: Role) -> MembershipRecord:
    """Put somebody who is there already into one more company."""
    return memberships.create(company_id=home.id, location=home.country, identity_id=identity.id, role=role)


def key(holder: Person, *, scopes: tuple[str, ...] | None = None, expires_at: datetime | None = None) -> str:
    """Issue an API key that acts as somebody; give its text."""
    terms = Terms(name="Some key", scopes=scopes, expires_at=expires_at or clock.now() + conf.API_KEY_LIFETIME)
    with acting(holder, session=session_of(holder)):
        return company_keys.issue(terms).text


def session_of(person: Person) -> ObjectId:
    """Sign somebody in; give their session."""
    return sessions.start(person.membership, device=Device("tests", "127.0.0.1")).id


@contextmanager
def acting(person: Person, *, scopes: frozenset[str] | None = None, session: ObjectId | None = None) -> Iterator[None]:
    """Do what the block does in the name of somebody, in their company; scopes narrow what their credential is for."""
    membership, role, credential_id = person.membership, person.membership.role.value, session or ObjectId()
    context.authenticate(Principal("person", person.identity.id, membership.id, credential_id, role, scopes))
    try:
        with scope.company(membership.company_id, location=membership.location):
            yield
    finally:
        context.begin_request(context.NO_REQUEST)
