"""What other apps may ask of resilience."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.resilience import conf
from apps.resilience.domain import door_metrics, priorities
from apps.resilience.domain.breaker_switches import reports as breaker_reports
from apps.resilience.domain.breaker_switches import switches as held_breakers
from apps.resilience.domain.breaker_watch import BreakerWatch
from novapulse.resilience.overruns import overruns
from novapulse.resilience.shedding import Door, Limit
from novapulse.web.doorway import Doorway

if TYPE_CHECKING:
    from novapulse.web.doorway import Application

__all__ = ["breaker_reports", "doorway", "held_breakers", "overrunning", "watch_breakers"]


def watch_breakers() -> None:
    """Have this process obey the switches of operators, and say how its breakers stand."""
    BreakerWatch().start()


def overrunning() -> int:
    """Tell how many requests of this process are past their deadline and have not come back: it is wedged."""
    return overruns.overrunning()


def doorway(application: Application) -> Doorway:
    """Give the application behind a door that refuses, with 503 `overloaded`, what cannot be done in time."""
    limit = Limit(least=conf.LEAST_INSIDE, most=conf.MOST_INSIDE, target_seconds=conf.TARGET_SECONDS)
    door = Door(limit, threads=conf.THREADS)
    door.watch()
    door_metrics.observe(door)
    return Doorway(application, door=door, left_free_by=priorities.left_free_by)
