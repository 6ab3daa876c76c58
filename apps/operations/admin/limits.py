"""Limits in the admin: the companies that use most of theirs now, what was refused, what would have been in shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bson import ObjectId
from django.urls import reverse

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.observability import api as observability_api
from apps.tenants import api as tenants_api
from novapulse.gate import standing
from novapulse.web.admin.boards import Board, Row, board
from novapulse.web.admin.parts import Cell

if TYPE_CHECKING:
    from apps.observability.api import CompanyRequests
    from novapulse.gate.decision import Usage

_SHOWN: Final = 25
_LOOKED_AT: Final = 200  # a round trip to Redis for each


@board
class LiveLimits(Board):
    """Who uses most of their limits."""

    name = "limits"
    title = "Limits live"
    explanation = (
        f"The {_SHOWN} that use most of their limits now, of those that have asked most in the last five minutes. "
        "Refused (429), and let in by a policy in shadow that would have refused: in those five minutes."
    )
    columns = ("Company", "Used", "Quota left", "In flight", "In shadow", "Requests", "Refused", "Shadowed")

    def rows(self) -> list[Row]:
        """Ask the pulse who asks most, and the gate how far each has come."""
        audit_api.note([Entry(Action.OPERATOR_READ, "limits", kind="list", home=audit_api.PLATFORM)])
        asked = {each.company: each for each in _candidates()}
        usage = standing.usage_of(asked)
        first = sorted(usage, key=lambda company: standing.share(usage[company]), reverse=True)[:_SHOWN]
        slugs = {str(each.id): each.slug for each in tenants_api.companies([ObjectId(each) for each in first])}
        return [
            _row(slugs[company], company_id=company, usage=usage[company], asked=asked[company])
            for company in first
            if company in slugs
        ]


def _candidates() -> list[CompanyRequests]:
    """Take who has asked most, and before them whoever was refused or would have been: few ask much for that."""
    known = [each for each in observability_api.busiest_companies() if ObjectId.is_valid(each.company)]
    return sorted(known, key=lambda each: each.limited + each.shadowed, reverse=True)[:_LOOKED_AT]


def _row(slug: str, *, company_id: str, usage: Usage, asked: CompanyRequests) -> Row:
    limits, share = usage.limits, standing.share(usage)
    page = Cell(slug, reverse("admin:novapulse_tenants_company_change", args=(company_id,)))
    now = (f"{share:.0%}", f"{usage.remaining:,} of {limits.quota:,}", f"{usage.in_flight} of {limits.concurrency}")
    lately = (f"{asked.count:,}", f"{asked.limited:,}", f"{asked.shadowed:,}")
    cells = (page, *now, ", ".join(sorted(limits.shadow)), *lately)
    return Row(company_id, cells, tone="bad" if share >= 1 else "")
