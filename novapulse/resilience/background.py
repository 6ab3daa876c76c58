"""Work that nobody waits for, done by a few threads of this process while the answer goes out.

It does not outlive the process: what must not be lost belongs into a queue.
"""

from __future__ import annotations

import atexit
import logging
import os
from contextvars import Context
from queue import Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from novapulse import context, log

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.context import Trail

_logger = logging.getLogger(__name__)

_LAST_SECONDS: Final = 5.0  # what a process that is asked to stop spends on what it has taken on


class Background:
    """A room of `threads` at work, with places for `waiting` more pieces of work.

    Fails open: what finds no place, and what fails, is logged and given up; the caller hears nothing of it.
    """

    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        """Take the name for logs; threads start with the first piece of work, and in each process anew."""
        self.name = name
        self._threads, self._waiting = threads, waiting
        self._forget()
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.drain, seconds=_LAST_SECONDS)

    def submit(self, work: Callable[[], None]) -> None:
        """Have the work done soon: under the id of this request, without its deadline, principal or transaction."""
        self._start()
        try:
            self._queue.put_nowait((context.trail(), work))
        except Full:
            log.event(_logger, "background.full", level=logging.ERROR, room=self.name)

    def drain(self, *, seconds: float) -> bool:
        """Wait until everything is done, and tell whether it was in this time."""
        queue = self._queue
        with queue.all_tasks_done:
            return queue.all_tasks_done.wait_for(lambda: not queue.unfinished_tasks, seconds)

    def _start(self) -> None:
        with self._lock:
            while self._started < self._threads:
                self._started += 1
                Thread(target=self._serve, name=f"{self.name}-{self._started}", daemon=True).start()

    def _serve(self) -> None:
        while True:
            trail, work = self._queue.get()
            try:
                Context().run(self._do, work, trail=trail)
            finally:
                self._queue.task_done()

    def _do(self, work: Callable[[], None], *, trail: Trail | None) -> None:
        context.follow(trail)
        try:
            work()
        except Exception as error:  # noqa: BLE001  the outermost edge of this thread, which has other work to do
            log.event(_logger, "background.failed", level=logging.ERROR, room=self.name, error=type(error).__name__)

    def _forget(self) -> None:
        # A child of a fork has none of its parent's threads, and must not do its work a second time.
        self._queue: Queue[tuple[Trail | None, Callable[[], None]]] = Queue(self._waiting)
        self._lock = Lock()
        self._started = 0
