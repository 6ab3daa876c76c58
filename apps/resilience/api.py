"""What other apps may ask of resilience."""

from __future__ import annotations

from apps.resilience.domain.breaker_watch import BreakerWatch
from novapulse.resilience.overruns import overruns


def watch_breakers() -> None:
    """Have this process obey the switches of operators, and say how its breakers stand."""
    BreakerWatch().start()


def overrunning() -> int:
    """Tell how many requests of this process are past their deadline and have not come back: it is wedged."""
    return overruns.overrunning()
