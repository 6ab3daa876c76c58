"""Companies that an operator founds: for a customer who does not sign up, or to bring one back from its export."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.tenants import api as tenants_api
from novapulse.data import transaction
from novapulse.errors import Invalid
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from apps.tenants.api import CompanyRecord


@dataclass(frozen=True, slots=True)
class Charter:
    """What a company shall be; `country` is ISO 3166-1 alpha-2."""

    slug: str
    name: str
    country: str


def found(charter: Charter, *, owner_email: str) -> CompanyRecord:
    """Found a company with an owner, who comes in by a password reset where they are new here; nobody gets a mail.

    owner_email: of somebody who has an account, or of somebody new, who is called by it until they say otherwise.

    Raises Invalid, SlugTaken.
    """
    return transaction.run(partial(_with_owner, charter, owner_email=owner_email))


def found_empty(charter: Charter) -> CompanyRecord:
    """Found a company without anybody, to be filled by an import. Raises Invalid, SlugTaken."""
    return transaction.run(partial(_empty, charter))


def check(charter: Charter) -> None:
    """Raise Invalid where no company can be founded so."""
    if re.fullmatch(tenants_api.SLUG_PATTERN, charter.slug) is None:
        raise Invalid(f"{charter.slug!r} is no slug: 2 to 40 small letters, digits or hyphens.")
    if charter.country not in tenants_api.COUNTRIES:
        raise Invalid(f"{charter.country!r} is no country: two capital letters, such as DE (ISO 3166-1).")
    if not 0 < len(charter.name) <= tenants_api.NAME_MAX_LENGTH:
        raise Invalid(f"A name has from 1 to {tenants_api.NAME_MAX_LENGTH} characters.")


def _with_owner(charter: Charter, *, owner_email: str) -> CompanyRecord:
    company = _empty(charter)
    owner = {"email": owner_email, "name": owner_email, "role": "owner", "kind": "person", "status": "active"}
    with scope.company(company.id, location=company.country):
        try:
            auth_api.restore_members([owner], reason="founded")
        except ValueError as error:
            raise Invalid(f"{owner_email!r} is not an address that an owner can have.") from error
    return company


def _empty(charter: Charter) -> CompanyRecord:
    check(charter)
    company = tenants_api.create_company(name=charter.name, slug=charter.slug, country=charter.country)
    audit_api.record([Entry(Action.COMPANY_CREATED, company.id, home=company.home)])
    return company
