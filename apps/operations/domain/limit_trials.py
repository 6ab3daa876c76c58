"""Trying limits on the traffic that was: what of it they would have refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bson import ObjectId

from apps.observability import api as observability_api
from apps.tenants import api as tenants_api
from novapulse.gate.replay import Asked, Replay

if TYPE_CHECKING:
    from apps.observability.api import Request
    from apps.tenants.api import Agreement, CompanyRecord
    from novapulse.gate.decision import Limits

_MICROSECONDS: Final = 1_000_000
_MINUTE: Final = 60 * _MICROSECONDS


@dataclass(frozen=True, slots=True)
class Minute:
    """The minute in which a company has asked for the most units."""

    at: datetime
    requests: int
    units: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What limits would have made of a company's requests; `refused` counts them by the policy that refuses."""

    company: CompanyRecord
    limits: Limits
    requests: int
    refused: Counter[str]
    busiest: Minute
    first: datetime
    last: datetime


def trials(agreement: Agreement, *, slug: str | None) -> list[Trial]:
    """Try limits on what the log files of this machine tell of one company, or of every one that has asked.

    agreement: a figure that is None is the company's own. Each policy counts as enforced. The reckoning begins with
    nothing used, and what was refused then counts as answered at once. Companies that are gone are left out.

    Raises NotFound for a company that is not there, and where there are no log files.
    """
    only = None if slug is None else str(tenants_api.company_named(slug).id)
    traffic = observability_api.traffic_by_company(of=only)
    known = tenants_api.companies(map(ObjectId, traffic))
    return [_trial(each, agreement, traffic[str(each.id)]) for each in sorted(known, key=lambda each: each.slug)]


def _trial(company: CompanyRecord, agreement: Agreement, requests: list[Request]) -> Trial:
    figures = {name: getattr(agreement, name) for name in tenants_api.MOST_LIMITS}
    own = tenants_api.limits_of(company)
    tried = replace(own, **{name: figure for name, figure in figures.items() if figure is not None})
    replay = Replay(tried)
    refusals = [replay.refusal_of(Asked(each.at, each.who, each.units, each.until)) for each in requests]
    return Trial(
        company,
        tried,
        requests=len(requests),
        refused=Counter(each for each in refusals if each is not None),
        busiest=_busiest(requests),
        first=_moment(requests[0].at),
        last=_moment(requests[-1].at),
    )


def _busiest(requests: list[Request]) -> Minute:
    times: Counter[int] = Counter()
    units: Counter[int] = Counter()
    for each in requests:
        minute = each.at - each.at % _MINUTE
        times[minute] += 1
        units[minute] += each.units
    ((busiest, most),) = units.most_common(1)
    return Minute(_moment(busiest), requests=times[busiest], units=most)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / _MICROSECONDS, UTC)
