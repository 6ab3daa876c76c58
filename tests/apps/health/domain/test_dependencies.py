"""What all processes share warns, and fails nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.health.domain import dependencies
from apps.health.enums import State
from novapulse.data import registry
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.gate import gate
from tests.faults import black_hole, quickest_seconds_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apps.health.domain.checks import Check


@pytest.fixture
def hung_redis() -> Iterator[None]:
    real = registry.provider("redis")
    with black_hole() as port:
        registry.register(RedisProvider(RedisOptions(url=f"redis://127.0.0.1:{port}/0", socket_ms=5_000)))
        yield
    registry.register(real)


def found() -> dict[str, Check]:
    return {f"{check.component}:{check.figure}": check for check in dependencies.found()}


def found_well(*names: str) -> bool:
    """Tell whether these, or else all, are well: a machine that stalls for half a second takes them for away."""
    seen = found()
    return {seen[name].state for name in names or seen} == {State.PASS}


def test_every_dependency_and_the_gate_are_measured() -> None:
    wait_until(found_well)
    seen = found()

    stores, figures = ("mongodb", "redis", "postgresql", "sqs"), ("latency", "connections", "breaker")
    assert set(seen) == {"gate:circuit", *(f"{store}:{figure}" for store in stores for figure in figures)}
    assert float(seen["mongodb:latency"].value) > 0


@pytest.mark.usefixtures("hung_redis")
def test_one_that_hangs_is_a_warning_and_is_waited_for_half_a_second_at_most() -> None:
    assert quickest_seconds_of(found) < 1
    assert found()["redis:latency"].state is State.WARN
    wait_until(lambda: found_well("mongodb:latency"))


def test_an_open_circuit_of_the_gate_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate.current().circuit, "is_open", True)

    assert (found()["gate:circuit"].value, found()["gate:circuit"].state) == ("open", State.WARN)
