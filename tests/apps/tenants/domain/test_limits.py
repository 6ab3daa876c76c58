"""The limits of a company: its plan's, and what is agreed with it alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from apps.tenants import api as tenants_api
from apps.tenants.plans import PLANS
from novapulse import clock
from novapulse.gate.decision import Limits


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


@pytest.mark.parametrize("plan", tenants_api.PlanName)
def test_limits_are_those_of_the_plan_where_nothing_else_is_agreed(plan: tenants_api.PlanName) -> None:
    assert tenants_api.limits_of(_record(plan=plan, limits_version=3)) == replace(PLANS[plan], version=3)


@pytest.mark.parametrize(
    ("agreed", "limits"),
    [
        ({"quota": 60}, Limits(quota=60, window_seconds=60, concurrency=20)),
        ({"window_seconds": 10}, Limits(quota=1_200, window_seconds=10, concurrency=20)),
        ({"concurrency": 3}, Limits(quota=1_200, window_seconds=60, concurrency=3)),
        ({"shadow": ["company"]}, Limits(1_200, 60, 20, shadow=frozenset({"company"}))),
        ({"quota": 1, "concurrency": 2}, Limits(quota=1, window_seconds=60, concurrency=2)),
    ],
)
def test_each_figure_that_is_agreed_takes_the_place_of_the_plans_alone(agreed: dict[str, Any], limits: Limits) -> None:
    assert tenants_api.limits_of(_record(limit_overrides=agreed)) == limits
