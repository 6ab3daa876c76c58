"""Requests as metrics: how many, how long, how they ended, and by which companies; a listener of `telling`."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from opentelemetry.metrics import Observation

from novapulse import clock, context
from novapulse.telemetry import meter
from novapulse.telemetry.catalogue import Kind
from novapulse.telemetry.top import Top

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from apps.observability.domain.finished import Finished

NO_ROUTE: Final = "_none"  # where none fits: paths are made up by clients
_ACTIVE_SECONDS: Final = 300.0
_MOST_ACTIVE: Final = 100_000  # counted; eight megabytes

_duration: Final = meter.histogram("http.server.request.duration")
_slow: Final = meter.counter("novapulse.http.slow")

_BY_COMPANY: Final = (
    "novapulse.company.requests",
    "novapulse.company.seconds",
    "novapulse.company.limited",
    "novapulse.company.failed",
    "novapulse.company.shadowed",
)
companies: Final = Top(figures=len(_BY_COMPANY))


class Active:
    """Companies that were seen within five minutes: those of this period, or of the last one if it has just begun."""

    def __init__(self, now: Callable[[], float] = clock.monotonic) -> None:
        """Start with none, by a clock."""
        self._now = now
        self._began_at, self._seen, self._before = now(), set[int](), set[int]()

    def see(self, company: int) -> None:
        """See a company, by its hash."""
        if self._now() - self._began_at >= _ACTIVE_SECONDS:
            self._began_at, self._before, self._seen = self._now(), self._seen, set()
        if len(self._seen) < _MOST_ACTIVE:
            self._seen.add(company)

    def count(self) -> int:
        """Tell how many there are."""
        age = self._now() - self._began_at
        if age >= _ACTIVE_SECONDS:
            return len(self._seen) if age < 2 * _ACTIVE_SECONDS else 0
        return max(len(self._seen), len(self._before))


active: Final = Active()


def note(finished: Finished) -> None:
    """Count a request that has been answered."""
    if finished.is_probe:  # they would thin out all rates
        return
    status, seconds, company_id = finished.status, finished.seconds, finished.trail.company_id
    _duration.record(seconds, _attributes(finished.method, finished.route, status))
    if seconds >= finished.spent.slow_seconds:
        _slow.add(1, {"http.route": finished.route or NO_ROUTE})
    if company_id is not None:
        limited, failed = status == HTTPStatus.TOO_MANY_REQUESTS, status >= HTTPStatus.INTERNAL_SERVER_ERROR
        shadowed = finished.trail.gate.startswith(context.SHADOWED)
        companies.add(str(company_id), (1, seconds, limited, failed, shadowed))
        active.see(hash(company_id))


@lru_cache(maxsize=2_000)
def _attributes(method: str, route: str, status: int) -> Mapping[str, str]:
    return {
        "http.request.method": method,
        "http.route": route or NO_ROUTE,
        "http.response.status_class": f"{status // 100}xx",
    }


def observe() -> None:
    """Have those who collect see the companies."""
    for place, name in enumerate(_BY_COMPANY):
        meter.observe(name, _Figure(place), kind=Kind.COUNTER)
    meter.observe("novapulse.company.active", _active)


class _Figure:
    """One figure of all companies."""

    def __init__(self, place: int) -> None:
        self._place = place

    def __call__(self) -> Iterator[Observation]:
        for name, totals in companies.totals().items():
            yield Observation(totals[self._place], {"company": name})


def _active() -> Iterator[Observation]:
    yield Observation(active.count())
