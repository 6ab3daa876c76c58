"""A pause after a failure: what has just not answered is left alone, so that not every caller waits for it."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Callable


class Pause:
    """Ask `may_ask` before a call, and say afterwards `answered` or `failed`.

    1. While it answers, everybody may ask.
    2. Once it has failed, nobody may for `seconds`.
    3. Then one caller at a time finds out: until that one has an answer, it stays a pause for the others.
    """

    def __init__(self, seconds: float, *, now: Callable[[], float] = clock.monotonic) -> None:
        """Take the length of the pause, and what tells the time: in seconds, never running backwards."""
        self._seconds = seconds
        self._now = now
        self._lock = Lock()
        self._until: float | None = None

    def may_ask(self) -> bool:
        """Tell whether to try; where it is the first try after a failure, the others wait for what comes of it."""
        with self._lock:
            if self._until is None:
                return True
            now = self._now()
            if now < self._until:
                return False
            self._until = now + self._seconds
            return True

    def answered(self) -> None:
        """Note that it did: everybody may ask."""
        self._until = None

    def failed(self) -> None:
        """Note that it did not."""
        with self._lock:
            self._until = self._now() + self._seconds
