"""What other apps, and the wiring, may ask of observability."""

from __future__ import annotations

from apps.observability.domain import request_metrics, standing
from novapulse.telemetry import call_metrics, calls, neighbours


def measure() -> None:
    """Count calls and requests, and have those who collect see how this process stands; once per process."""
    calls.listen(call_metrics.measure)
    request_metrics.observe()
    standing.observe()


def join_neighbours() -> None:
    """Let the other processes of this server tell of this one; whoever serves does so."""
    neighbours.join()
