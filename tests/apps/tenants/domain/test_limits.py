"""The limits of a company: its plan's, and what is agreed with it alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from apps.tenants import api as tenants_api
from apps.tenants.api import PlanName
from apps.tenants.domain import gate_changes, limits
from apps.tenants.domain.limits import Agreement
from apps.tenants.errors import CompanyGoing
from apps.tenants.plans import PLANS
from novapulse import clock
from novapulse.data import transaction
from novapulse.errors import Invalid, NotFound
from novapulse.gate.decision import Change, Level, Limits


def _record(**known: Any) -> tenants_api.CompanyRecord:
    now = clock.now()
    return tenants_api.CompanyRecord(
        id=ObjectId(),
        name="Acme",
        slug="acme",
        country="DE",
        status=tenants_api.CompanyStatus.ACTIVE,
        credential_version=1,
        version=1,
        created_at=now,
        updated_at=now,
        **known,
    )


@pytest.mark.parametrize("plan", PlanName)
def test_limits_are_those_of_the_plan_where_nothing_else_is_agreed(plan: PlanName) -> None:
    assert tenants_api.limits_of(_record(plan=plan, limits_version=3)) == replace(PLANS[plan], version=3)


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        ({"quota": 60}, Limits(quota=60, window_seconds=60, concurrency=20)),
        ({"window_seconds": 10}, Limits(quota=1_200, window_seconds=10, concurrency=20)),
        ({"concurrency": 3}, Limits(quota=1_200, window_seconds=60, concurrency=3)),
        ({"shadow": ["company"]}, Limits(1_200, 60, 20, shadow=frozenset({"company"}))),
        ({"quota": 1, "concurrency": 2}, Limits(quota=1, window_seconds=60, concurrency=2)),
    ],
)
def test_each_figure_that_is_agreed_takes_the_place_of_the_plans_alone(
    agreed: dict[str, Any], expected: Limits
) -> None:
    assert tenants_api.limits_of(_record(limit_overrides=agreed)) == expected


@pytest.fixture
def acme(database: object) -> tenants_api.CompanyRecord:
    return transaction.run(lambda: tenants_api.create_company(name="Acme", slug="acme", country="DE"))


@pytest.fixture
def rival(database: object) -> tenants_api.CompanyRecord:
    return transaction.run(lambda: tenants_api.create_company(name="Rival", slug="rival", country="FR"))


def _announced() -> list[Change]:
    return list(gate_changes.pending().values())


def _limits(company: tenants_api.CompanyRecord) -> Limits:
    return tenants_api.limits_of(tenants_api.company(company.id))


def test_plan_is_changed_for_this_company_alone_and_announced(
    acme: tenants_api.CompanyRecord, rival: tenants_api.CompanyRecord
) -> None:
    outcome = limits.change_plan("acme", PlanName.PRO)
    assert (outcome.is_changed, outcome.company.plan, outcome.company.version) == (True, "pro", 2)
    assert _limits(acme) == replace(PLANS[PlanName.PRO], version=2)
    assert _announced() == [Change(Level.LIMITS, str(acme.id), company_id=str(acme.id), version=2)]
    assert tenants_api.company(rival.id) == rival


def test_plan_that_a_company_is_on_is_left_as_it_is(acme: tenants_api.CompanyRecord) -> None:
    outcome = limits.change_plan("acme", PlanName.FREE)
    assert (outcome.is_changed, outcome.company, _announced()) == (False, acme, [])


def test_agreement_outlives_a_change_of_plan_and_other_figures_follow_the_plan(acme: tenants_api.CompanyRecord) -> None:
    limits.agree("acme", Agreement(quota=60))
    limits.change_plan("acme", PlanName.ENTERPRISE)
    assert _limits(acme) == Limits(quota=60, window_seconds=60, concurrency=200, version=3)


def test_each_agreement_adds_to_the_one_before_and_is_announced(
    acme: tenants_api.CompanyRecord, rival: tenants_api.CompanyRecord
) -> None:
    limits.agree("acme", Agreement(quota=60, window_seconds=10))
    limits.agree("acme", Agreement(concurrency=3, shadow=frozenset({"company", "principal"})))
    limits.agree("acme", Agreement(enforce=frozenset({"company", "concurrency"})))
    assert _limits(acme) == Limits(60, 10, 3, shadow=frozenset({"principal"}), version=4)
    assert [change.version for change in _announced()] == [2, 3, 4]
    assert tenants_api.company(rival.id) == rival


def test_agreement_afresh_forgets_the_one_before(acme: tenants_api.CompanyRecord) -> None:
    limits.agree("acme", Agreement(quota=60, shadow=frozenset({"company"})))
    limits.agree_afresh("acme", Agreement(concurrency=3))
    assert _limits(acme) == Limits(1_200, 60, 3, version=3)
    limits.agree_afresh("acme", Agreement())
    assert _limits(acme) == replace(PLANS[PlanName.FREE], version=4)


def test_agreement_does_not_touch_what_clients_see_of_the_company(acme: tenants_api.CompanyRecord) -> None:
    limits.agree("acme", Agreement(quota=60))
    assert tenants_api.present(tenants_api.company(acme.id)) == tenants_api.present(acme)


def test_limits_version_of_a_company_from_before_there_were_plans_grows_as_well(
    acme: tenants_api.CompanyRecord, database: Any
) -> None:
    database["companies"].update_one({}, {"$unset": {"plan": 1, "limit_overrides": 1, "limits_version": 1}})
    limits.agree("acme", Agreement(quota=60, shadow=frozenset({"company"})))
    assert _limits(acme) == Limits(60, 60, 20, shadow=frozenset({"company"}), version=2)
    assert limits.change_plan("acme", PlanName.PRO).company.limits_version == 3


@pytest.mark.parametrize(
    ("agreement", "sentence"),
    [
        (Agreement(quota=0), "quota must be from 1 to 1000000, not 0."),
        (Agreement(quota=2**63), "quota must be from 1 to"),
        (Agreement(window_seconds=86_401), "window_seconds must be from 1 to 86400, not 86401."),
        (Agreement(window_seconds=-1), "window_seconds must"),
        (Agreement(concurrency=0), "concurrency must"),
        (Agreement(shadow=frozenset({"speed"})), "There is no policy 'speed'"),
        (Agreement(enforce=frozenset({"$quota"})), "There is no policy"),
        (Agreement(shadow=frozenset({"company"}), enforce=frozenset({"company"})), "'company' cannot be in shadow"),
    ],
)
def test_agreement_that_cannot_be_is_refused_and_changes_nothing(
    acme: tenants_api.CompanyRecord, agreement: Agreement, sentence: str
) -> None:
    for agree in (limits.agree, limits.agree_afresh):
        with pytest.raises(Invalid, match=sentence):
            agree("acme", agreement)
    assert (tenants_api.company(acme.id), _announced()) == (acme, [])


def test_company_that_is_not_there_is_not_found(acme: tenants_api.CompanyRecord) -> None:
    with pytest.raises(NotFound, match="'acmee'"):
        limits.agree("acmee", Agreement(quota=60))
    with pytest.raises(NotFound, match="'acmee'"):
        limits.change_plan("acmee", PlanName.PRO)
    assert _announced() == []


def test_nothing_is_agreed_with_a_company_whose_deletion_has_begun(acme: tenants_api.CompanyRecord) -> None:
    tenants_api.ask_deletion(acme.slug)
    transaction.run(lambda: tenants_api.begin_deletion(acme.id))
    known = len(gate_changes.pending())

    for act in (lambda: limits.change_plan("acme", PlanName.PRO), lambda: limits.agree("acme", Agreement(quota=5))):
        with pytest.raises(CompanyGoing):
            act()
    assert len(gate_changes.pending()) == known
