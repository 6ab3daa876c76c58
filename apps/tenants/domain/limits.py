"""What a company may do: the figures of its plan, each replaced by what is agreed with this company alone."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants.documents import Company
from apps.tenants.domain.companies import NOT_GOING, Outcome, company_named, not_going, record_of
from apps.tenants.domain.gate_changes import announce
from apps.tenants.plans import PLANS
from novapulse import clock, log
from novapulse.data import transaction
from novapulse.errors import Invalid
from novapulse.gate.decision import POLICIES, Change, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from apps.tenants.domain.companies import CompanyRecord
    from apps.tenants.enums import PlanName
    from novapulse.gate.decision import Limits

_logger = logging.getLogger("novapulse.tenants")

# The gate counts in whole microseconds, and holds an entry in Redis for each request in flight.
MOST: Final[Mapping[str, int]] = MappingProxyType(
    {"quota": 1_000_000, "window_seconds": 24 * 60 * 60, "concurrency": 10_000}
)

# As pipelines, since companies from before there were plans have none of these fields, and $inc would start at nought.
NEXT_LIMITS_VERSION: Final = {"$add": [{"$ifNull": ["$limits_version", 1]}, 1]}
_SHADOW: Final = {"$ifNull": ["$limit_overrides.shadow", []]}  # no plan has any: tests/apps/tenants/test_plans.py
_FORGET: Final[Mapping[str, Any]] = {"$set": {"limit_overrides": {"$literal": {}}}}
_NO_GUARD: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed with one company: a figure that is None stays as it is, and so does a policy of neither set.

    quota: units per window. window_seconds: its length. concurrency: requests at a time. Each from 1 to its `MOST`.
    shadow: policies that from now on only count what they would have refused. enforce: policies that refuse again.
    """

    quota: int | None = None
    window_seconds: int | None = None
    concurrency: int | None = None
    shadow: frozenset[str] = frozenset()
    enforce: frozenset[str] = frozenset()


def limits_of(record: CompanyRecord) -> Limits:
    """Give the limits that hold for a company, in the version that the company's record carries."""
    plan, agreed = PLANS[record.plan], record.limit_overrides
    return replace(
        plan,
        quota=agreed.get("quota", plan.quota),
        window_seconds=agreed.get("window_seconds", plan.window_seconds),
        concurrency=agreed.get("concurrency", plan.concurrency),
        shadow=frozenset(agreed.get("shadow", plan.shadow)),
        is_read_only=record.is_read_only,
        version=record.limits_version,
    )


def change_plan(slug: str, plan: PlanName) -> Outcome:
    """Put a company on a plan, from its next request on; what is agreed with it alone stays.

    Raises NotFound, CompanyGoing.
    """
    shown = {"plan": plan.value, "version": {"$add": ["$version", 1]}, "updated_at": clock.now()}
    guard = {"plan": {"$ne": plan.value}}
    return transaction.run(partial(_change, slug, shown, guard=guard, told=Action.COMPANY_PLAN_CHANGED))


def agree(slug: str, agreement: Agreement) -> Outcome:
    """Let figures of a company's own take the place of its plan's, from its next request on.

    Raises NotFound, CompanyGoing, Invalid.
    """
    _check(agreement)
    return transaction.run(partial(_change, slug, _overrides(agreement)))


def agree_afresh(slug: str, agreement: Agreement) -> Outcome:
    """Forget what was agreed with a company before: this alone differs from its plan, from its next request on.

    Raises NotFound, CompanyGoing, Invalid.
    """
    _check(agreement)
    return transaction.run(partial(_change, slug, _overrides(agreement), first=[_FORGET]))


def _check(agreement: Agreement) -> None:
    for name, most in MOST.items():
        figure = getattr(agreement, name)
        if figure is not None and not 1 <= figure <= most:
            raise Invalid(f"{name} must be from 1 to {most}, not {figure}.")
    unknown = sorted((agreement.shadow | agreement.enforce) - set(POLICIES))
    if unknown:
        raise Invalid(f"There is no policy {unknown[0]!r}; there are {', '.join(POLICIES)}.")
    if both := sorted(agreement.shadow & agreement.enforce):
        raise Invalid(f"The policy {both[0]!r} cannot be in shadow and enforced at once.")


def _overrides(agreement: Agreement) -> dict[str, Any]:
    figures = {name: getattr(agreement, name) for name in MOST}
    fields: dict[str, Any] = {f"limit_overrides.{name}": each for name, each in figures.items() if each is not None}
    if agreement.shadow or agreement.enforce:
        left = {"$setDifference": [_SHADOW, sorted(agreement.enforce)]}
        fields["limit_overrides.shadow"] = {"$setUnion": [left, sorted(agreement.shadow)]}
    return fields


def _change(
    slug: str,
    fields: Mapping[str, Any],
    *,
    guard: Mapping[str, Any] = _NO_GUARD,
    first: Sequence[Mapping[str, Any]] = (),
    told: Action = Action.COMPANY_LIMITS_CHANGED,
) -> Outcome:
    document = Company.collection().find_one_and_update(
        {"slug": slug, **NOT_GOING, **guard},
        [*first, {"$set": {**fields, "limits_version": NEXT_LIMITS_VERSION}}],
        return_document=ReturnDocument.AFTER,
    )
    if document is None:
        return Outcome(not_going(company_named(slug)), is_changed=False)
    record = record_of(document)
    company_id = str(record.id)
    announce([Change(Level.LIMITS, company_id, company_id=company_id, version=record.limits_version)])
    changed = [name.rpartition(".")[2] for name in fields if name not in {"version", "updated_at"}]
    audit_api.record([Entry(told, record.id, changed=changed, details={"plan": record.plan.value}, home=record.home)])
    transaction.on_commit(partial(log.event, _logger, "tenants.limits_changed", company_id=company_id))
    return Outcome(record, is_changed=True)
