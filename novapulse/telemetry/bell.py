"""Waking one thread without ever waiting for it."""

from __future__ import annotations

import threading
from contextlib import suppress


class Bell:
    """A bell for one thread that sleeps. Rung twice before it wakes, it wakes once.

    `threading.Event` holds a lock while it is set, which a signal handler that interrupts just that would wait for
    without end. Ringing this is one call of C.
    """

    def __init__(self) -> None:
        """Begin silent."""
        self._silence = threading.Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Wake the thread, or keep it from falling asleep the next time."""
        with suppress(RuntimeError):  # it has been rung already
            self._silence.release()

    def wait(self, seconds: float) -> bool:
        """Sleep until it is rung, or for so many seconds; tell whether it was rung."""
        return self._silence.acquire(timeout=max(0.0, seconds))
