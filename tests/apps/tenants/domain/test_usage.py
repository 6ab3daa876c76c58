"""How far a company has used its limits, as the API shows it."""

from __future__ import annotations

import pytest

from apps.tenants import api as tenants_api
from apps.tenants.domain import limits, usage
from novapulse.data import transaction
from novapulse.gate.decision import Limits, Usage


@pytest.fixture
def company(database: object) -> tenants_api.CompanyRecord:
    transaction.run(lambda: tenants_api.create_company(name="Acme", slug="acme", country="DE"))
    return limits.change_plan("acme", tenants_api.PlanName.PRO).company


def test_usage_shows_every_policy_with_its_own_figures(company: tenants_api.CompanyRecord) -> None:
    found = Usage(Limits(quota=60, window_seconds=10, concurrency=3), remaining=57, reset_seconds=0.4, in_flight=2)
    assert usage.present(found, company=company) == {
        "plan": "pro",
        "degraded": False,
        "policies": [
            {
                "name": "company",
                "quota": 60,
                "window_seconds": 10,
                "remaining": 57,
                "reset_seconds": 1,
                "mode": "enforce",
            },
            {"name": "principal", "quota": 60, "window_seconds": 10, "mode": "enforce"},
            {"name": "concurrency", "quota": 3, "in_flight": 2, "mode": "enforce"},
        ],
    }


def test_usage_says_what_is_in_shadow_and_that_it_is_of_one_process(company: tenants_api.CompanyRecord) -> None:
    shadow = frozenset({"company", "concurrency"})
    found = Usage(Limits(60, 10, 3, shadow=shadow), remaining=0, reset_seconds=9.1, is_local=True)
    shown = usage.present(found, company=company)
    assert shown["degraded"] is True
    assert [policy["mode"] for policy in shown["policies"]] == ["shadow", "enforce", "shadow"]
