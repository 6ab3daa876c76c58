"""Reading the pulse of the platform (`pulse`): what all processes and hosts have told. Raises where Redis is away."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from apps.observability.domain import pulse
from novapulse import clock
from novapulse.data import tallies
from novapulse.telemetry import catalogue
from novapulse.telemetry.catalogue import Kind
from novapulse.telemetry.emf import quantile_of
from novapulse.telemetry.meter import Spread

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN_SLOTS: Final = 90  # a quarter of an hour
SHOWN_MINUTES: Final = 5  # and the one under way


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests of some time, on one route or in all: how many, how many refused (4xx) and failed (5xx), how long."""

    refused: int
    failed: int
    spread: Spread

    @property
    def count(self) -> int:
        """Tell how many there were."""
        return self.spread.count

    def seconds(self, quantile: float) -> float | None:
        """Tell within how many seconds this share of them was answered; None where there were none."""
        return quantile_of(self.spread, quantile, bounds=_bounds()) if self.count else None


@dataclass(frozen=True, slots=True)
class Moment:
    """Ten seconds, by their end, and how many processes have told of them; none: nobody knows what was."""

    at: datetime
    processes: int
    requests: Requests

    @property
    def per_second(self) -> float:
        """Tell how many requests there were in a second."""
        return self.requests.count / pulse.SLOT_SECONDS


@dataclass(frozen=True, slots=True)
class CompanyRequests:
    """Requests of a company, by its id (`other`: of those with few): how many, refused by limits, failed.

    shadowed: let in where a limit in shadow would have refused.
    """

    company: str
    count: int
    limited: int
    failed: int
    shadowed: int = 0


def moments() -> list[Moment]:
    """Give the last quarter of an hour, oldest first; raises Unavailable or TimedOut."""
    last = pulse.slot_of(clock.now().timestamp() - pulse.LATEST_SECONDS) - 1
    slots = range(last - SHOWN_SLOTS + 1, last + 1)
    return [
        Moment(_end_of(slot), found.get(pulse.PROCESSES, 0), _requests(found))
        for slot, found in zip(slots, tallies.sums([f"all:{slot}" for slot in slots]), strict=True)
    ]


def together(moments: list[Moment]) -> Requests:
    """Add up the requests of several moments."""
    return _requests(sum((_figures(each.requests) for each in moments), Counter()))


def routes() -> dict[str, Requests]:
    """Give the requests of the last five minutes by method and route; raises Unavailable or TimedOut."""
    by_route: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for found in tallies.sums([f"routes:{minute}" for minute in _minutes()]):
        for name, number in found.items():
            route, _, figure = name.rpartition("|")
            by_route[route][figure] += number
    return {route: _requests(figures) for route, figures in by_route.items()}


def companies() -> list[CompanyRequests]:
    """Give who asked most in the last five minutes, those first; raises Unavailable or TimedOut."""
    names = [(figure, f"{figure}:{minute}") for figure in pulse.BY_COMPANY for minute in _minutes()]
    by_figure: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (figure, _name), found in zip(names, tallies.rankings([name for _, name in names]), strict=True):
        by_figure[figure].update(found)
    asked, others = by_figure["requests"], ("limited", "failed", "shadowed")
    return [
        CompanyRequests(each, count, *(by_figure[figure][each] for figure in others))
        for each, count in asked.most_common()
    ]


def _minutes() -> range:
    current = pulse.slot_of(clock.now().timestamp()) // pulse.MINUTE
    return range(current - SHOWN_MINUTES, current + 1)


def _requests(figures: Mapping[str, int]) -> Requests:
    counts = [figures.get(str(bucket), 0) for bucket in range(len(_bounds()) + 1)]
    return Requests(figures.get(pulse.REFUSED, 0), figures.get(pulse.FAILED, 0), Spread(counts))


def _figures(requests: Requests) -> Counter[str]:
    buckets = {str(bucket): number for bucket, number in enumerate(requests.spread.counts)}
    return Counter({pulse.REFUSED: requests.refused, pulse.FAILED: requests.failed, **buckets})


def _bounds() -> tuple[float, ...]:
    metric = catalogue.metric(pulse.DURATIONS, kind=Kind.HISTOGRAM)
    return () if metric is None else metric.buckets


def _end_of(slot: int) -> datetime:
    return datetime.fromtimestamp((slot + 1) * pulse.SLOT_SECONDS, UTC)
