"""How MongoDB answers a query of Django's: the stages of its plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet


def stages(queryset: QuerySet[Any]) -> set[str]:
    """Name the stages: COLLSCAN reads all there is, SORT sorts in memory, IXSCAN reads an index."""
    with across_tenants("explain a query in a test"):
        told = json.loads(queryset.explain())
    cursor = told["stages"][0]["$cursor"] if "stages" in told else told
    later = {name for stage in told.get("stages", ())[1:] for name in stage}
    return set(_named(cursor["queryPlanner"]["winningPlan"])) | later


def _named(plan: object) -> Iterator[str]:
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan["stage"]
        for each in plan.values():
            yield from _named(each)
    elif isinstance(plan, list):
        for each in plan:
            yield from _named(each)
