"""How far a company has used its limits, as the decision about the very request that asks has found it."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from novapulse.gate.decision import COMPANY_POLICY, CONCURRENCY_POLICY, PRINCIPAL_POLICY

if TYPE_CHECKING:
    from apps.tenants.domain.companies import CompanyRecord
    from novapulse.gate.decision import Limits, Usage


def present(usage: Usage, *, company: CompanyRecord) -> dict[str, Any]:
    """Give what the API shows: plan, whether the figures are of one process alone, and each policy."""
    limits = usage.limits
    quota = {"quota": limits.quota, "window_seconds": limits.window_seconds}
    left = {"remaining": usage.remaining, "reset_seconds": ceil(usage.reset_seconds)}
    return {
        "plan": company.plan,
        "degraded": usage.is_local,
        "policies": [
            _policy(COMPANY_POLICY, limits, **quota, **left),
            _policy(PRINCIPAL_POLICY, limits, **quota),
            _policy(CONCURRENCY_POLICY, limits, quota=limits.concurrency, in_flight=usage.in_flight),
        ],
    }


def _policy(name: str, limits: Limits, **figures: int) -> dict[str, Any]:
    return {"name": name, **figures, "mode": "shadow" if name in limits.shadow else "enforce"}
