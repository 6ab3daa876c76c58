"""The state of the queues as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.health.domain import queue_metrics
from novapulse import clock
from novapulse.queues.depths import Depth, Overview, Work
from novapulse.queues.figures import Counted
from novapulse.telemetry import meter

if TYPE_CHECKING:
    import pytest


def test_what_was_seen_last_is_told_and_nothing_where_nobody_could_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "_instruments", {})
    depth = Depth("default", waiting=5, in_flight=2, delayed=1, dead=3, dead_in_flight=1)
    works = (Work("default", depth, 9, 60.0, Counted()), Work("critical", None, 0, 0.0, Counted()))
    seen: list[Overview | None] = [Overview(clock.now(), works, 1.5), None]
    queue_metrics.observe(lambda: seen[0])

    found = {family.metric.name: dict(family.numbers) for family in meter.collect()}
    states = {"waiting": 5, "in_flight": 2, "delayed": 1, "dead": 4}
    assert found["novapulse.queue.messages"] == {("default", state): number for state, number in states.items()}
    assert found["novapulse.queue.unfinished"] == {("default",): 9, ("critical",): 0}
    assert found["novapulse.queue.oldest"] == {("default",): 60.0, ("critical",): 0.0}
    assert found["novapulse.queue.outbox_lag"] == {(): 1.5}
    seen.pop(0)
    assert all(not family.numbers for family in meter.collect())
