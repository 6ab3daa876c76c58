"""What other apps may ask of resilience."""

from __future__ import annotations

from novapulse.resilience.overruns import overruns


def overrunning() -> int:
    """Tell how many requests of this process are past their deadline and have not come back: it is wedged."""
    return overruns.overrunning()
