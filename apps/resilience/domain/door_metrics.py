"""The door as metrics: who is inside, how many may be, who was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.metrics import Observation

from novapulse.telemetry import meter
from novapulse.telemetry.catalogue import Kind

if TYPE_CHECKING:
    from novapulse.resilience.shedding import Door


def observe(door: Door) -> None:
    """Have those who collect see the door."""
    meter.observe("http.server.active_requests", lambda: [Observation(door.inside)])
    meter.observe("novapulse.http.limit", lambda: [Observation(door.limit.value)])
    meter.observe("novapulse.http.refused", lambda: [Observation(door.refused)], kind=Kind.COUNTER)
