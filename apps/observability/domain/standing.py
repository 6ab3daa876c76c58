"""How this process stands, for whoever collects: its pools and rooms, its breakers, its gate, itself."""

from __future__ import annotations

import logging
import os
import resource
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentelemetry.metrics import Observation
from pybreaker import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN

from novapulse import clock
from novapulse.data import registry
from novapulse.gate import gate
from novapulse.log import catalogue as log_catalogue
from novapulse.log.writing import BackgroundHandler
from novapulse.resilience import bulkhead
from novapulse.resilience import registry as breakers
from novapulse.telemetry import drops, meter, shipping
from novapulse.telemetry.catalogue import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from novapulse.resilience.bulkhead import Bulkhead

_STATES: Final[Mapping[str, int]] = {STATE_CLOSED: 0, STATE_HALF_OPEN: 1, STATE_OPEN: 2}
_SIGNALS: Final = ("calls", "metrics", "series")  # told from the start: of a series that begins, the first is not seen
_DESCRIPTORS: Final = Path("/proc/self/fd")
_MEMORY: Final = Path("/proc/self/statm")
_began_at: Final = clock.monotonic()


def observe() -> None:
    """Have those who collect see all of it."""
    for name, callback in {
        "db.client.connection.count": _connections,
        "db.client.connection.max": _most_connections,
        "novapulse.bulkhead.used": _used,
        "novapulse.bulkhead.places": _places,
        "novapulse.breaker.state": _breakers,
        "novapulse.gate.redis_away": _redis_away,
        "novapulse.telemetry.waiting": _waiting,
        "novapulse.telemetry.away": _away,
        "process.memory.usage": _memory,
        "process.thread.count": _threads,
        "process.unix.file_descriptor.count": _descriptors,
        "process.uptime": _uptime,
    }.items():
        meter.observe(name, callback)
    for name, callback in {
        "novapulse.bulkhead.refused": _refused,
        "novapulse.telemetry.dropped": _dropped,
        "process.cpu.time": _cpu,
    }.items():
        meter.observe(name, callback, kind=Kind.COUNTER)


def _pools() -> dict[str, dict[str, int]]:
    return {"gate": gate.current().store.pool()} | {each.name: each.pool() for each in registry.providers()}


def _connections() -> Iterator[Observation]:
    for name, pool in _pools().items():
        of_pool = {"db.client.connection.pool.name": name}
        yield Observation(pool["in_use"], {**of_pool, "db.client.connection.state": "used"})
        yield Observation(pool["open"] - pool["in_use"], {**of_pool, "db.client.connection.state": "idle"})


def _most_connections() -> Iterator[Observation]:
    for name, pool in _pools().items():
        yield Observation(pool["max"], {"db.client.connection.pool.name": name})


def _used() -> Iterator[Observation]:
    return _by_room({room: room.used for room in bulkhead.rooms()})


def _places() -> Iterator[Observation]:
    return _by_room({room: room.slots for room in bulkhead.rooms()})


def _refused() -> Iterator[Observation]:
    for name, number in bulkhead.refused().items():
        yield Observation(number, {"bulkhead": name})


def _by_room(figures: Mapping[Bulkhead, int]) -> Iterator[Observation]:
    by_name: Counter[str] = Counter()
    for room, figure in figures.items():
        by_name[room.name] += figure
    for name, figure in by_name.items():
        yield Observation(figure, {"bulkhead": name})


def _breakers() -> Iterator[Observation]:
    for breaker in breakers.breakers():
        yield Observation(_STATES.get(breaker.current_state, 0), {"breaker": str(breaker.name)})


def _redis_away() -> Iterator[Observation]:
    yield Observation(int(gate.current().circuit.is_open))


def _dropped() -> Iterator[Observation]:
    own = {**dict.fromkeys(_SIGNALS, 0), **drops.counted()}
    own |= {"log_fields": log_catalogue.left_out.total(), "lines": _lines_lost()}
    for signal, number in own.items():
        yield Observation(number, {"signal": signal, "severity": ""})
    for shipper in shipping.shippers():
        for severity, number in shipping.by_name(shipper.figures().dropped).items():
            yield Observation(number, {"signal": shipper.name, "severity": severity})


def _lines_lost() -> int:
    loggers = [logging.root, *list(logging.root.manager.loggerDict.values())]
    handlers = {handler for logger in loggers for handler in getattr(logger, "handlers", ())}
    return sum(handler.lost for handler in handlers if isinstance(handler, BackgroundHandler))


def _waiting() -> Iterator[Observation]:
    for shipper in shipping.shippers():
        yield Observation(shipper.figures().waiting, {"destination": shipper.name})


def _away() -> Iterator[Observation]:
    for shipper in shipping.shippers():
        yield Observation(int(shipper.figures().is_away), {"destination": shipper.name})


def _cpu() -> Iterator[Observation]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield Observation(used.ru_utime, {"cpu.mode": "user"})
    yield Observation(used.ru_stime, {"cpu.mode": "system"})


def _memory() -> Iterator[Observation]:
    yield Observation(int(_MEMORY.read_text().split()[1]) * resource.getpagesize())


def _threads() -> Iterator[Observation]:
    yield Observation(threading.active_count())


def _descriptors() -> Iterator[Observation]:
    yield Observation(len(os.listdir(_DESCRIPTORS)))  # noqa: PTH208  no object per descriptor


def _uptime() -> Iterator[Observation]:
    yield Observation(clock.monotonic() - _began_at)
