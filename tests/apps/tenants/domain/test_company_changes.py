"""What admins change of a company."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bson import ObjectId

from apps.tenants import api as tenants_api
from apps.tenants.documents import Company
from apps.tenants.domain import company_changes, gate_changes, second_factors
from apps.tenants.domain.company_changes import Wanted
from apps.tenants.errors import SecondFactorMissing
from novapulse.context import Principal
from novapulse.data import transaction
from novapulse.errors import Denied, NotFound
from novapulse.gate.decision import Change, Level

pytestmark = pytest.mark.usefixtures("database")

SOMEBODY = Principal("person", ObjectId(), ObjectId(), ObjectId(), "owner")
WITHOUT_ONE = replace(SOMEBODY, identity_id=ObjectId())


@pytest.fixture(autouse=True)
def _somebody_has_a_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "_answer", lambda identity_id: identity_id == SOMEBODY.identity_id)


def _made(slug: str, *, name: str = "Acme") -> tenants_api.CompanyRecord:
    return transaction.run(lambda: tenants_api.create_company(name=name, slug=slug, country="DE"))


def test_a_new_name_changes_this_company_alone_and_raises_its_version() -> None:
    made, rival = _made("acme"), _made("rival", name="Rival")
    renamed = company_changes.change(made.id, wanted=Wanted(name="Acme & Daughters"), version=1, by=SOMEBODY)
    assert renamed is not None
    assert (renamed.name, renamed.version, renamed.slug) == ("Acme & Daughters", 2, "acme")
    assert renamed.updated_at >= made.updated_at
    assert tenants_api.company(rival.id) == rival
    assert gate_changes.pending() == {}


def test_a_change_is_refused_when_the_version_has_moved_on() -> None:
    made = _made("acme")
    company_changes.change(made.id, wanted=Wanted(name="First"), version=1, by=SOMEBODY)
    late = Wanted(name="Second", mfa_required=True)
    assert company_changes.change(made.id, wanted=late, version=1, by=SOMEBODY) is None
    found = tenants_api.company(made.id)
    assert (found.name, found.mfa_required, found.credential_version) == ("First", False, 1)
    assert gate_changes.pending() == {}


def test_a_company_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        company_changes.change(ObjectId(), wanted=Wanted(name="Acme"), version=1, by=SOMEBODY)


def test_requiring_a_second_factor_ends_the_tokens_of_this_company_alone() -> None:
    made, rival = _made("acme"), _made("rival")
    changed = company_changes.change(made.id, wanted=Wanted(mfa_required=True), version=1, by=SOMEBODY)
    assert changed is not None
    assert (changed.mfa_required, changed.name, changed.version, changed.credential_version) == (True, "Acme", 2, 2)
    expected = Change(Level.COMPANY, str(made.id), company_id=str(made.id), version=2)
    assert list(gate_changes.pending().values()) == [expected]
    assert tenants_api.company(rival.id) == rival


def test_requiring_it_once_more_or_no_more_ends_no_token() -> None:
    made = _made("acme")
    for version, required in enumerate((True, True, False, False), start=1):
        company_changes.change(made.id, wanted=Wanted(mfa_required=required), version=version, by=SOMEBODY)
    found = tenants_api.company(made.id)
    assert (found.mfa_required, found.version, found.credential_version) == (False, 5, 2)


def test_nobody_requires_of_others_what_they_have_not() -> None:
    made = _made("acme")
    with pytest.raises(SecondFactorMissing) as refused:
        company_changes.change(made.id, wanted=Wanted(name="Other", mfa_required=True), version=1, by=WITHOUT_ONE)
    assert refused.value.fields[0].pointer == "/mfa_required"
    assert tenants_api.company(made.id) == made
    lifted = company_changes.change(made.id, wanted=Wanted(mfa_required=False), version=1, by=WITHOUT_ONE)
    assert lifted is not None
    assert lifted.mfa_required is False


@pytest.mark.parametrize("required", [True, False])
def test_whom_a_credential_narrows_says_nothing_about_second_factors(*, required: bool) -> None:
    made, key = _made("acme"), replace(SOMEBODY, scopes=frozenset({"company.update"}))
    with pytest.raises(Denied):
        company_changes.change(made.id, wanted=Wanted(mfa_required=required), version=1, by=key)
    renamed = company_changes.change(made.id, wanted=Wanted(name="Acme & Daughters"), version=1, by=key)
    assert renamed is not None
    assert (renamed.name, renamed.mfa_required) == ("Acme & Daughters", False)


def test_a_company_that_was_founded_earlier_requires_none() -> None:
    made = _made("acme")
    Company.collection().update_one({"_id": made.id}, {"$unset": {"mfa_required": ""}})
    assert tenants_api.company(made.id).mfa_required is False
