"""The thread that writes CloudWatch's lines to the standard output, where Lambda, Fargate and ECS take them from.

Where nobody reads the pipe it waits there alone: nobody else waits for a lock of its. What comes up meanwhile is in the
next line, and what a process has counted when it ends goes out with it.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

from novapulse import clock
from novapulse.log import leaving
from novapulse.telemetry import drops, meter

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.telemetry.emf import Writer

_MILLISECONDS = 1_000
_LEAVING_SECONDS = 1.0


class EmfThread:
    """Writes every so many seconds, in each process anew."""

    def __init__(self, make: Callable[[], Writer], *, seconds: float) -> None:
        """Take what makes a writer that has told nothing yet, and how often it writes."""
        self._make, self._seconds = make, seconds

    def start(self) -> None:
        """Start, and start again in a child of a fork, which has no threads of its parent."""
        self._spawn()
        os.register_at_fork(after_in_child=self._spawn)

    def write(self) -> None:
        """Write the lines for what was measured since the last time; what cannot be written is counted."""
        lines = [*self._writer.lines(meter.collect(), at_ms=int(clock.now().timestamp() * _MILLISECONDS))]
        try:
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            sys.stdout.flush()
        except (OSError, ValueError):  # ValueError: it was closed
            drops.count("emf", len(lines))

    def _spawn(self) -> None:
        self._writer, self._stopped, self._is_done = self._make(), threading.Event(), threading.Event()
        threading.Thread(target=self._repeat, name="emf", daemon=True).start()
        leaving.at_the_end(self._leave, rank=leaving.FIRST)

    def _repeat(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._stopped.wait(self._seconds)
            try:
                self.write()
            except Exception:  # noqa: BLE001  the outermost edge of a thread: the next line may be written
                drops.count("emf")
        self._is_done.set()

    def _leave(self) -> None:
        self._stopped.set()
        self._is_done.wait(_LEAVING_SECONDS)  # else nobody reads what it writes
