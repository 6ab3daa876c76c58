"""What keeps the gate of a serving process up to date, beside its requests: threads, so that no store holds up another.

1. Every half second: read from MongoDB what has changed, and obey it from memory.
2. Twenty times a second: give leases back to Redis. Once a second: say that this process is there, which is also how a
   hung Redis is noticed by a process without requests.
3. While the circuit is open, two times a second, one at a time: try whether Redis takes writes. Before it is trusted
   again, everything that is pending is passed on to it.
4. A change that every process has heard of is passed on once more, for the replica that has become the primary in the
   meantime, and goes.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from opentelemetry.metrics import Observation

from novapulse import clock, log
from novapulse.gate.announced import HEARD_SECONDS
from novapulse.gate.decision import Level
from novapulse.gate.store import StoreAway
from novapulse.telemetry import meter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from novapulse.gate.decision import Change
    from novapulse.gate.gate import Gate

_logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
_FLUSH_SECONDS: Final = 0.05
_BEAT_SECONDS: Final = 1.0
_TIDY_SECONDS: Final = 30.0
_delay: Final = meter.histogram("novapulse.gate.revocation.delay")
_LATE_SECONDS: Final = HEARD_SECONDS / 2  # whoever looks as late as this may not have heard of what came and went


@dataclass(frozen=True, slots=True)
class Source:
    """Where changes come from: `pending` reads them and `settle` lets them go, both raising where MongoDB is away.

    `forget_keys` is called where signing keys may have changed, `tidy` now and then, for what can wait.
    """

    pending: Callable[[], Mapping[str, Change]]
    settle: Callable[[Iterable[str]], None]
    forget_keys: Callable[[], None]
    tidy: Callable[[], None]


class Watch:
    """The threads of one gate; they end with the process."""

    def __init__(self, gate: Gate, *, source: Source) -> None:
        """Take the gate and where changes come from."""
        self._gate = gate
        self._source = source
        self._blind = False
        self._has_looked = False
        self._looked_at = clock.monotonic()
        self._beaten_at = 0.0
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start, and start again in a child of a fork, which has no threads of its parent.

        The first look comes before the first request: a process that starts just as Redis is back with old answers must
        not believe them until then.
        """
        self.look()
        meter.observe("novapulse.gate.look.age", lambda: [Observation(clock.monotonic() - self._looked_at)])
        self._spawn()
        os.register_at_fork(after_in_child=self._spawn)

    def stop(self) -> None:
        """Let the threads end after what they are at."""
        self._stopped.set()

    def look(self) -> None:
        """Read what has changed (step 1); a look that fails leaves what is known as it is."""
        now = clock.monotonic()
        try:
            pending = self._source.pending()
        except Exception as error:  # noqa: BLE001  the outermost edge of a thread: MongoDB is away, the next look may succeed
            self._went_blind(error)
            return
        news = self._gate.announced.hear(pending)
        is_late = self._blind or now - self._looked_at > _LATE_SECONDS  # or was frozen: keys are in memory alone
        if is_late or any(change.level is Level.KEY for change in news):
            self._source.forget_keys()
        self._measure(news)
        self._blind, self._looked_at = False, now
        self._pass_on(news)

    def tend(self) -> None:
        """Give leases back and say that we are there (step 2), or find out whether Redis is back (step 3)."""
        if self._gate.circuit.is_open:
            self._probe()
            return
        over = self._gate.leases.all_over()
        try:
            if over:
                self._gate.store.give_back(over)
            self._beat()
        except StoreAway:
            self._gate.leases.restore(over)
            self._gate.circuit.failed()

    def _measure(self, news: Iterable[Change]) -> None:
        """Measure how late this process hears of changes; not of those from before it was there."""
        if self._has_looked:
            for change in news:
                if change.at is not None:
                    _delay.record((clock.now() - change.at).total_seconds())
        self._has_looked = True

    def _spawn(self) -> None:
        chores = (("look", self.look, LOOK_SECONDS), ("tend", self.tend, _FLUSH_SECONDS))
        for name, work, seconds in (*chores, ("tidy", self._source.tidy, _TIDY_SECONDS)):
            repeated = partial(self._repeat, work, seconds=seconds)
            threading.Thread(target=repeated, name=f"gate-{name}", daemon=True).start()

    def _repeat(self, work: Callable[[], None], *, seconds: float) -> None:
        while not self._stopped.wait(seconds):
            try:
                work()
            except Exception:  # noqa: BLE001  the outermost edge of this thread, which goes on
                log.failed(_logger, "gate.watch_failed")

    def _pass_on(self, news: list[Change]) -> None:
        settled = self._gate.announced.settled()
        changes = [*news, *settled.values()]
        try:
            if changes and not self._gate.circuit.is_open:
                self._gate.store.project(changes)
                self._settle(settled.keys())
        except StoreAway:
            self._gate.circuit.failed()

    def _settle(self, ids: Collection[str]) -> None:
        if not ids:
            return
        try:
            self._source.settle(ids)
        except Exception as error:  # noqa: BLE001  as in `look`: they stay, and are settled later
            self._went_blind(error)

    def _beat(self) -> None:
        now = clock.monotonic()
        if now - self._beaten_at >= _BEAT_SECONDS:
            self._gate.processes = self._gate.store.beat(self._gate.leases.process)
            self._beaten_at = now

    def _probe(self) -> None:
        circuit = self._gate.circuit
        if not circuit.may_probe():
            return
        try:
            self._gate.processes = self._gate.store.beat(self._gate.leases.process)
            self._gate.store.project(self._gate.announced.pending())
        except StoreAway:
            return
        else:
            circuit.recovered()
            log.event(_logger, "gate.redis_is_back", processes=self._gate.processes)
        finally:
            circuit.probed()

    def _went_blind(self, error: Exception) -> None:
        if not self._blind:
            log.event(_logger, "gate.changes_not_read", level=logging.WARNING, error=type(error).__name__)
        self._blind = True
