"""What all processes share: one of them that is away is a warning, since no other process has it either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.health.domain.checks import Check
from apps.health.enums import State
from novapulse import clock
from novapulse.data import registry
from novapulse.data.prober import Prober
from novapulse.gate import gate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.data.prober import Observation

_DATASTORE, _COMPONENT = "datastore", "component"
_probers: list[Prober] = []  # the one of a process that serves; none in commands and tests


def watch() -> None:
    """Have the dependencies watched from now on, as a process that serves does."""
    _probers[:] = [Prober(registry.providers())]
    _probers[0].start()


def found() -> list[Check]:
    """Tell how the dependencies are, from memory where they are watched, else within half a second."""
    prober = _probers[0] if _probers else Prober(registry.providers())
    checks = [check for observation in prober.observations() for check in _of(observation)]
    return [*checks, _gate()]


def _of(observation: Observation) -> Iterator[Check]:
    health, at, age = observation.health, observation.at, observation.age_seconds
    state = State.PASS if health.ok else State.WARN
    yield Check(health.name, "latency", _DATASTORE, health.latency_ms, "ms", state, at, age, health.detail)
    in_use = health.pool.get("in_use", 0)
    yield Check(health.name, "connections", _DATASTORE, in_use, "in use", State.PASS, at, age)
    yield Check(health.name, "breaker", _COMPONENT, health.state, "", state, at, age)


def _gate() -> Check:
    is_open = gate.current().circuit.is_open
    state, value = (State.WARN, "open") if is_open else (State.PASS, "closed")
    output = "Without Redis: MongoDB tells what has ended, and each process counts for itself." if is_open else ""
    return Check("gate", "circuit", _COMPONENT, value, "", state, clock.now(), output=output)
