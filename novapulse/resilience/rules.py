"""When a breaker opens, for how long, and what counts: figures of one dependency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FEWEST_CALLS: Final = 20  # fewer say nothing about a rate: three failures at night are no outage
FAILURE_RATE: Final = 0.5
SLOW_RATE: Final = 0.8
PROBES: Final = 3  # at a time in one process while it is half-open, and successes that close it
PROBE_SECONDS: Final = 10.0  # a probe that has not come back by then is given up, and others may try
JITTER: Final = 0.2  # so that processes that opened together do not probe together


@dataclass(frozen=True, slots=True)
class Rules:
    """What a breaker takes for sick.

    slow_seconds: a call that takes as long is slow. connection_errors: so many in a row open it, whatever the rate.
    first_seconds, longest_seconds: how long it stays open at first, doubled with each failed probe, and at most.
    connections: errors that say that nobody was reached. ignored: errors that say nothing about the dependency, neither
    good nor bad.
    """

    slow_seconds: float = 1.0
    connection_errors: int = 5
    first_seconds: float = 5.0
    longest_seconds: float = 60.0
    connections: tuple[type[Exception], ...] = (ConnectionError, TimeoutError)
    ignored: tuple[type[Exception], ...] = ()

    def open_seconds(self, *, times: int) -> float:
        """Tell how long it stays open after it has opened `times` before without having been well in between."""
        grown: float = self.first_seconds * 2 ** min(times, 16)  # 16: longer than any longest_seconds
        return min(grown, self.longest_seconds)
