"""The sealer of a process: a thread that seals what was recorded, right after the commit and at least each second."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

from apps.audit import conf
from apps.audit.domain import sealing
from novapulse import clock, log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bson import ObjectId

_logger = logging.getLogger("novapulse.audit")


class Sealer:
    """Wakened by commits of this process; once a second it looks for what another has left, as by a crash.

    Fails open: where MongoDB is away records wait, and it looks again a second later. Only whoever serves or works
    starts it; what commands record, a serving process seals.
    """

    def __init__(self) -> None:
        """Begin without a thread."""
        self._woken: set[ObjectId] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._is_started = False
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start, and start again in a child of a fork, which has no threads of its parent."""
        if not self._is_started:
            self._is_started = True
            self._spawn()
            os.register_at_fork(after_in_child=self._spawn)

    def wake(self, company_ids: Iterable[ObjectId]) -> None:
        """Have these companies' records sealed soon; waits for nothing."""
        if self._is_started:
            with self._lock:
                self._woken.update(company_ids)
            self._wake.set()

    def stop(self) -> None:
        """Let the thread end after what it is at."""
        self._stopped.set()
        self._wake.set()

    def _spawn(self) -> None:
        self._lock, self._wake = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self._run, name="audit-sealer", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        swept_at = clock.monotonic()
        while not self._stopped.is_set():
            left = conf.SWEEP_SECONDS - (clock.monotonic() - swept_at)
            if self._wake.wait(max(0.0, left)):
                self._stopped.wait(conf.GATHER_SECONDS)
            is_due = clock.monotonic() - swept_at >= conf.SWEEP_SECONDS
            swept_at = clock.monotonic() if is_due else swept_at
            self._look(None if is_due else self._taken())

    def _taken(self) -> set[ObjectId]:
        self._wake.clear()
        with self._lock:
            taken, self._woken = self._woken, set()
        return taken

    def _look(self, company_ids: set[ObjectId] | None) -> None:
        try:
            homes = sealing.homes(company_ids)
        except Exception as error:  # noqa: BLE001  the outermost edge of a thread: MongoDB is away, the next look may succeed
            _tell_failed(error)
            return
        for home in homes:
            try:
                sealing.seal(home)
            except Exception as error:  # noqa: BLE001  as above; one company must not hold up the others
                _tell_failed(error)


def _tell_failed(error: Exception) -> None:
    log.event(_logger, "audit.sealing_failed", level=logging.WARNING, error=type(error).__name__)


sealer = Sealer()
