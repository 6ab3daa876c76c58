"""How a process stands, as metrics."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from novapulse.data import registry
from novapulse.log.writing import BackgroundHandler
from novapulse.resilience import registry as breakers
from novapulse.resilience.breaker import Breaker
from novapulse.resilience.bulkhead import Bulkhead
from novapulse.telemetry import drops, meter

if TYPE_CHECKING:
    import pytest

    from novapulse.gate.gate import Gate


def numbers(name: str) -> dict[tuple[str, ...], float]:
    return dict(next(family for family in meter.collect() if family.metric.name == name).numbers)


def test_pools_are_told_by_what_is_used_idle_and_possible() -> None:
    registry.provider("mongodb").ping()
    counts, most = numbers("db.client.connection.count"), numbers("db.client.connection.max")

    assert counts["mongodb", "idle"] >= 1
    assert most["mongodb",] == 10
    assert {name for name, _ in counts} == {"mongodb", "redis", "postgresql", "sqs", "gate"}


def test_rooms_are_told_and_those_of_strangers_together() -> None:
    rooms = [Bulkhead("webhook", slots=2, waiting=0, wait_seconds=0) for _ in range(3)]
    before = numbers("novapulse.bulkhead.used")["webhook",]
    with rooms[0], rooms[1]:
        assert numbers("novapulse.bulkhead.used")["webhook",] == before + 2
    assert numbers("novapulse.bulkhead.places")["webhook",] >= 6


def test_breakers_are_told_by_their_state_and_each_change_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakers, "_breakers", {})
    breaker = Breaker("test-breaker")
    breakers.register(breaker)
    breakers.register(breaker)
    breaker.open()

    assert numbers("novapulse.breaker.state") == {("test-breaker",): 2}
    assert numbers("novapulse.breaker.changes")["test-breaker", "open"] == 1


def test_the_gate_tells_that_it_does_without_redis(redis_away: Gate) -> None:
    assert numbers("novapulse.gate.redis_away") == {(): 0}
    redis_away.circuit.failed()

    assert numbers("novapulse.gate.redis_away") == {(): 1}


def test_what_could_not_be_told_is_told() -> None:
    drops.count("test-signal", 3)

    assert numbers("novapulse.telemetry.dropped")["test-signal", ""] >= 3


def test_lines_that_no_handler_could_write_are_told() -> None:
    logger, handler = logging.getLogger("test.lost"), BackgroundHandler(lambda _text: None)
    before = numbers("novapulse.telemetry.dropped")["lines", ""]
    logger.addHandler(handler)
    handler.lost += 2

    assert numbers("novapulse.telemetry.dropped")["lines", ""] == before + 2
    logger.removeHandler(handler)


def test_the_process_tells_of_itself() -> None:
    assert numbers("process.memory.usage")[()] > 10_000_000
    assert numbers("process.thread.count")[()] >= 1
    assert numbers("process.unix.file_descriptor.count")[()] > 3
    assert numbers("process.cpu.time")["user",] > 0
    assert numbers("process.uptime")[()] > 0
