"""The plans: data, not code. What a company may do stands here, and what is agreed with it alone in its overrides."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from apps.tenants.enums import PlanName
from novapulse.gate.decision import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

_MINUTE = 60

# Units: a read costs one, a write two, a search five (novapulse.web.cost).
PLANS: Mapping[PlanName, Limits] = MappingProxyType(
    {
        PlanName.FREE: Limits(quota=1_200, window_seconds=_MINUTE, concurrency=20),
        PlanName.PRO: Limits(quota=6_000, window_seconds=_MINUTE, concurrency=50),
        PlanName.ENTERPRISE: Limits(quota=30_000, window_seconds=_MINUTE, concurrency=200),
    }
)
