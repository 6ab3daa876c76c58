"""The heartbeat of a worker: what runs stays its own, however long it takes.

Every third of the visibility both are extended: the lease in the inbox, and the message's visibility. Where one of the
stores is away the other still holds. An attempt past its task's timeout is extended no more; one whose lease went to
another worker is told so (`Running.lost`), and its fence keeps it from any further effect.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

from novapulse import clock, log
from novapulse.queues import deliveries, figures, inbox
from novapulse.queues.figures import Figure
from novapulse.resilience import deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.queues.running import Running
    from novapulse.queues.settle import Delivery

_logger = logging.getLogger(__name__)

_BEATS: Final = 3  # in the time of a visibility, so that two may fail


@dataclass(slots=True, eq=False)
class Beating:
    """An attempt under way."""

    delivery: Delivery
    running: Running
    began_at: float = field(default_factory=clock.monotonic)

    def overdue_seconds(self) -> float:
        """Tell for how long it has been past its task's timeout; negative while it is not."""
        return clock.monotonic() - self.began_at - self.running.envelope.timeout_seconds


class Heartbeat:
    """What one worker runs, and the thread that keeps it."""

    def __init__(self, *, visibility_seconds: int) -> None:
        """Take for how many seconds a lease and a message's visibility are extended."""
        self._seconds = visibility_seconds
        self._beating: set[Beating] = set()
        self._lock = Lock()
        self._stopped = Event()

    def start(self) -> None:
        """Start the thread; it ends with the process, or by `stop`."""
        Thread(target=self._repeat, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end."""
        self._stopped.set()

    @contextmanager
    def watching(self, delivery: Delivery, running: Running) -> Iterator[None]:
        """Keep the lease and the message of an attempt while the block runs."""
        beating = Beating(delivery, running)
        with self._lock:
            self._beating.add(beating)
        try:
            yield
        finally:
            with self._lock:
                self._beating.discard(beating)

    def beating(self) -> list[Beating]:
        """List what runs."""
        with self._lock:
            return list(self._beating)

    def beat(self) -> None:
        """Extend what runs and is within its time; tell those whose lease is lost."""
        kept = [each for each in self.beating() if each.overdue_seconds() < 0]
        if not kept:
            return
        try:
            lost = inbox.extend([each.running.claim for each in kept], lease_seconds=self._seconds)
        except Exception as error:  # noqa: BLE001  MongoDB is away: nobody else can claim either
            self._failed(kept, error=type(error).__name__)
            lost = set()
        for each in kept:
            if each.running.claim.id in lost:
                each.running.lose()
        ours = [each for each in kept if each.running.claim.id not in lost]
        if not deliveries.show_all_again([each.delivery for each in ours], seconds=self._seconds):
            self._failed(ours, error="visibility")

    def _failed(self, kept: list[Beating], *, error: str) -> None:
        log.event(_logger, "worker.heartbeat_failed", level=logging.WARNING, error=error, tasks=len(kept))
        for each in kept:
            figures.count(Figure.HEARTBEAT_FAILURES, queue=each.delivery.queue)

    def _repeat(self) -> None:
        every_seconds = self._seconds / _BEATS
        while not self._stopped.wait(every_seconds):
            try:
                with deadline.opened(every_seconds):
                    self.beat()
            except Exception:  # noqa: BLE001  the outermost edge of this thread, which goes on
                log.failed(_logger, "worker.heartbeat_broke")
