"""What sends the outbox in a process that serves or works: beside its requests, which neither wait nor fail by it.

1. The sender takes rows right after their commit and sends them. What it cannot send, or has no room for, it lets be.
2. The sweeper looks twice a second for what is due: left by (1), by a process that died, or meant for later. One
   process at a time sweeps, by a lease in MongoDB, so that order within a company holds. Both being away is retried.
3. The sender leaves alone a company of which something is due: that must not be overtaken.
4. Beside the sweeper, each process makes the tasks of schedules (`cron`).
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

from novapulse import clock, log
from novapulse.queues import controls, cron, outbox, sender
from novapulse.resilience import deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.queues.outbox import Place, Row

_logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
_AT_ONCE: Final = 100  # rows that are read or sent in one go
_WAITING: Final = 10_000  # rows in memory; more are left to the sweeper
_LEASE_SECONDS: Final = 10.0
_LOST_EVERY_SECONDS: Final = 300.0
_PASS_SECONDS: Final = 30.0  # the longest that one pass may take, whatever hangs


class Publisher:
    """The threads of one process; they end with it."""

    def __init__(self) -> None:
        """Start with nothing to send."""
        self._rows: deque[Row] = deque()
        self._news = threading.Event()
        self._stopped = threading.Event()
        self.is_running = False
        self._is_blind = False
        self._looked_for_lost_at = clock.monotonic()

    def start(self) -> None:
        """Start, and start again in a child of a fork, which has no threads of its parent."""
        self._spawn()
        os.register_at_fork(after_in_child=self._spawn)

    def stop(self) -> None:
        """Let the threads end after what they are at."""
        self._stopped.set()
        self._news.set()

    def offer(self, row: Row) -> None:
        """Have a committed row sent soon; a process that has not started its publisher leaves it to others."""
        if self.is_running and len(self._rows) < _WAITING:
            self._rows.append(row)
            self._news.set()

    def send_new(self) -> None:
        """Send what was offered (step 1); raises where MongoDB or SQS is away, and the sweeper will do it."""
        rows = [self._rows.popleft() for _ in range(min(_AT_ONCE, len(self._rows)))]
        paused = controls.paused()
        is_any_due = bool(outbox.due(at_most=1))  # mostly not, and then no place needs a look of its own
        waiting: dict[Place, bool] = {}
        for row in rows:
            place = (row.queue, row.company_id)
            if place not in waiting:
                waiting[place] = row.company_id in paused.companies or (is_any_due and outbox.is_waiting(place))
        sender.send([row for row in rows if not waiting[row.queue, row.company_id]])

    def sweep(self) -> None:
        """Send what is due (step 2); raises where MongoDB or SQS is away."""
        if not outbox.due(at_most=1) or not controls.lease("sweeper", seconds=_LEASE_SECONDS):
            return
        held: set[Place] = set()
        while rows := outbox.due(at_most=_AT_ONCE, without=held, companies_not=controls.paused_now().companies):
            held |= sender.send(rows)
            if self._stopped.is_set() or not controls.lease("sweeper", seconds=_LEASE_SECONDS):
                return

    def look_for_lost(self) -> None:
        """Send again what no queue can hold any more and is not finished."""
        if clock.monotonic() - self._looked_for_lost_at >= _LOST_EVERY_SECONDS:
            self._looked_for_lost_at = clock.monotonic()
            lost = outbox.send_lost_again()
            if lost:
                log.event(_logger, "outbox.sent_again", level=logging.ERROR, rows=lost)

    def _spawn(self) -> None:
        self._rows, self.is_running = deque(), True
        for name, work in (("sender", self._send_forever), ("sweeper", self._sweep_forever)):
            threading.Thread(target=work, name=f"outbox-{name}", daemon=True).start()

    def _send_forever(self) -> None:
        while not self._stopped.is_set():
            self._news.wait()
            self._news.clear()
            while self._rows:
                self._try(self.send_new)

    def _sweep_forever(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            self._try(self.sweep)
            self._try(cron.tick)
            self._try(self.look_for_lost)

    def _try(self, work: Callable[[], object]) -> None:
        try:
            with deadline.opened(_PASS_SECONDS):
                work()
        except Exception as error:  # noqa: BLE001  the outermost edge of a thread: MongoDB or SQS is away, the sweeper tries again
            if not self._is_blind:
                log.event(_logger, "outbox.not_sent", level=logging.WARNING, error=type(error).__name__)
            self._is_blind = True
        else:
            self._is_blind = False


publisher: Final = Publisher()


def offered(row: Row) -> Callable[[], None]:
    """Give what offers this row to the publisher of the process, for `transaction.on_commit`."""
    return partial(publisher.offer, row)
