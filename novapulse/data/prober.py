"""How the dependencies are, found out beside the requests: whoever asks for it never waits for a dependency.

One thread per dependency, so that one that hangs delays no other; it asks every two seconds. What has not answered in
half a second counts as away from then on, however long its own timeouts let it go on.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from novapulse import clock, log
from novapulse.data.provider import Health

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from novapulse.data.provider import Provider

_logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 2.0
TIMEOUT_SECONDS: Final = 0.5
_NO_ANSWER: Final = "It does not answer in time."


@dataclass(frozen=True, slots=True)
class Observation:
    """The health of a dependency, when it was found, and how many seconds ago that was."""

    health: Health
    at: datetime
    age_seconds: float


class Prober:
    """Watches some providers once `start` was called; without that, `observations` asks them itself, within a bound."""

    def __init__(self, providers: Iterable[Provider[Any]]) -> None:
        """Take the providers to ask."""
        self._probes = tuple(_Probe(provider) for provider in providers)
        self._is_running = False
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start asking, and start again in a child of a fork, which has no threads of its parent."""
        self._spawn()
        os.register_at_fork(after_in_child=self._spawn)

    def stop(self) -> None:
        """Let the threads end after what they are at."""
        self._stopped.set()

    def observations(self) -> tuple[Observation, ...]:
        """Tell how each dependency is, at once from memory; before the first round within half a second."""
        if not self._is_running:
            for probe in self._probes:
                probe.begin()
        return tuple(probe.latest() for probe in self._probes)

    def _spawn(self) -> None:
        self._probes = tuple(_Probe(probe.provider) for probe in self._probes)
        self._is_running = True
        for probe in self._probes:
            probe.begin(then=partial(self._repeat, probe))

    def _repeat(self, probe: _Probe) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            probe.ask()


class _Probe:
    """One dependency: what it said last, and since when the present question is open."""

    def __init__(self, provider: Provider[Any]) -> None:
        self.provider = provider
        self._asked_at: float | None = None
        self._found: tuple[Health, datetime, float] | None = None
        self._first = threading.Event()

    def begin(self, *, then: partial[None] | None = None) -> None:
        """Ask in a thread of its own, and go on there with what comes then; nothing where a question is open."""
        if self._asked_at is not None:
            return
        self._first.clear()
        self._asked_at = clock.monotonic()
        threading.Thread(target=self._ask_first, args=(then,), name=f"probe-{self.provider.name}", daemon=True).start()

    def ask(self) -> None:
        self._asked_at = clock.monotonic()
        health = self._health()
        if health.ok and health.latency_ms > TIMEOUT_SECONDS * 1000:
            health = replace(health, ok=False, detail=_NO_ANSWER)
        self._found = (health, clock.now(), clock.monotonic())
        self._asked_at = None

    def latest(self) -> Observation:
        """Tell what is known; where nothing is known yet, wait until the open question has had its time."""
        asked_at = self._asked_at
        if asked_at is not None and not self._first.is_set():
            self._first.wait(max(0.0, asked_at + TIMEOUT_SECONDS - clock.monotonic()))
        asked_at, found = self._asked_at, self._found
        now = clock.monotonic()
        if found is not None and (asked_at is None or now - asked_at < TIMEOUT_SECONDS):
            return Observation(found[0], found[1], round(now - found[2], 3))
        waited_ms = round((now - (asked_at or now)) * 1000, 2)
        pool = self.provider.pool()
        health = Health(self.provider.name, ok=False, latency_ms=waited_ms, pool=pool, detail=_NO_ANSWER)
        return Observation(health, clock.now(), 0.0)

    def _ask_first(self, then: partial[None] | None) -> None:
        self.ask()
        self._first.set()
        if then is not None:
            then()

    def _health(self) -> Health:
        started = clock.monotonic()
        try:
            return self.provider.health()
        except Exception as error:  # noqa: BLE001  the outermost edge of this thread, which goes on
            log.failed(_logger, "prober.failed")
            latency_ms = round((clock.monotonic() - started) * 1000, 2)
            return Health(self.provider.name, ok=False, latency_ms=latency_ms, detail=type(error).__name__)
