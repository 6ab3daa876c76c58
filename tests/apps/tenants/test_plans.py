"""The plans."""

from __future__ import annotations

from apps.tenants.enums import PlanName
from apps.tenants.plans import PLANS


def test_every_plan_has_figures_and_more_of_all_than_the_one_before() -> None:
    free, pro, enterprise = (PLANS[plan] for plan in PlanName)
    assert free.quota < pro.quota < enterprise.quota
    assert free.concurrency < pro.concurrency < enterprise.concurrency


def test_no_plan_has_a_policy_in_shadow() -> None:
    assert [plan for plan, limits in PLANS.items() if limits.shadow] == []
