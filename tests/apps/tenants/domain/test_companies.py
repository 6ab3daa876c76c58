"""Companies in MongoDB."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from bson import ObjectId

from apps.tenants import api as tenants_api
from apps.tenants.domain import companies
from apps.tenants.errors import CompanyGoing, SlugTaken
from novapulse.data import transaction
from novapulse.errors import NotFound

pytestmark = pytest.mark.usefixtures("database")


def _made(slug: str, *, name: str = "Acme", country: str = "DE") -> tenants_api.CompanyRecord:
    return transaction.run(lambda: tenants_api.create_company(name=name, slug=slug, country=country))


def test_company_is_read_as_it_was_made() -> None:
    made = _made("acme")
    assert tenants_api.company(made.id) == made
    assert tenants_api.company_by_slug("acme") == made
    assert (made.version, made.credential_version, made.is_open) == (1, 1, True)


def test_slug_is_refused_when_another_company_has_it() -> None:
    _made("acme")
    with pytest.raises(SlugTaken) as refused:
        _made("acme", name="Another")
    assert refused.value.fields[0].pointer == "/company_slug"


def test_slug_goes_to_one_of_two_companies_that_ask_at_once() -> None:
    together = Barrier(2)

    def ask(name: str) -> str:
        together.wait()
        try:
            return _made("acme", name=name).name
        except SlugTaken:
            return "taken"

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(ask, ("One", "Two")))
    assert outcomes.count("taken") == 1
    winner = tenants_api.company_by_slug("acme")
    assert winner is not None
    assert winner.name in outcomes


def test_company_is_not_found_when_no_company_has_the_id() -> None:
    with pytest.raises(NotFound):
        tenants_api.company(ObjectId())
    assert tenants_api.company_by_slug("nobody") is None


def test_companies_come_by_name_and_without_the_unknown() -> None:
    zeta, alpha, _ = _made("zeta", name="Zeta"), _made("alpha", name="Alpha"), _made("other")
    assert tenants_api.companies([zeta.id, ObjectId(), alpha.id]) == [alpha, zeta]


def test_every_company_is_read_by_slug() -> None:
    zeta, alpha = _made("zeta", name="A"), _made("alpha", name="Z")
    assert list(companies.every_company()) == [alpha, zeta]


def test_company_that_an_operator_names_is_found_or_named_in_the_refusal() -> None:
    made = _made("acme")
    assert companies.company_named("acme") == made
    with pytest.raises(NotFound, match="'acmee'"):
        companies.company_named("acmee")


def test_hold_keeps_the_version_so_that_etags_stay() -> None:
    made = _made("acme")
    transaction.run(lambda: tenants_api.hold_company(made.id))
    assert tenants_api.company(made.id) == made
    with pytest.raises(NotFound):
        tenants_api.hold_company(ObjectId())


def test_presented_company_tells_nothing_of_its_credentials(database: Any) -> None:
    shown = tenants_api.present(_made("acme"))
    public = {"country", "created_at", "id", "mfa_required", "name", "plan", "slug", "status", "updated_at", "version"}
    assert set(shown) == public
    assert {"credential_version", "holds"} <= database["companies"].find_one().keys()


def test_company_from_before_there_were_plans_is_read_with_the_free_one(database: Any) -> None:
    made = _made("acme")
    database["companies"].update_one({}, {"$unset": {"plan": 1, "limit_overrides": 1, "limits_version": 1}})
    assert tenants_api.company(made.id) == made
    assert (made.plan, made.limit_overrides, made.limits_version) == ("free", {}, 1)


def test_company_whose_deletion_has_begun_is_held_no_more(database: Any) -> None:
    made = _made("acme")
    database["companies"].update_one({}, {"$set": {"deletion_begun_at": made.created_at}})
    with pytest.raises(CompanyGoing, match="acme is being deleted"):
        transaction.run(lambda: tenants_api.hold_company(made.id))
    assert database["companies"].find_one()["holds"] == 0
