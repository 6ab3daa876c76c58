"""The door as metrics."""

from __future__ import annotations

import pytest

from apps.resilience.domain import door_metrics
from novapulse.errors import Overloaded
from novapulse.resilience.shedding import Door, Limit
from novapulse.telemetry import meter


def test_who_is_inside_and_who_was_refused_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "_instruments", {})
    door = Door(Limit(least=1, most=1, target_seconds=1), threads=2)
    door_metrics.observe(door)
    door.enter(leaving=0)
    with pytest.raises(Overloaded):
        door.enter(leaving=0)

    found = {family.metric.name: family.numbers[()] for family in meter.collect()}
    assert found == {"http.server.active_requests": 1, "novapulse.http.limit": 1, "novapulse.http.refused": 1}
