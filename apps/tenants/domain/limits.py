"""What a company may do: the figures of its plan, each replaced by what is agreed with this company alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from apps.tenants.plans import PLANS

if TYPE_CHECKING:
    from apps.tenants.domain.companies import CompanyRecord
    from novapulse.gate.decision import Limits


def limits_of(record: CompanyRecord) -> Limits:
    """Give the limits that hold for a company, in the version that the company's record carries."""
    plan, agreed = PLANS[record.plan], record.limit_overrides
    return replace(
        plan,
        quota=agreed.get("quota", plan.quota),
        window_seconds=agreed.get("window_seconds", plan.window_seconds),
        concurrency=agreed.get("concurrency", plan.concurrency),
        shadow=frozenset(agreed.get("shadow", plan.shadow)),
        version=record.limits_version,
    )
