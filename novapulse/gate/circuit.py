"""Whether Redis is asked at all: a breaker of this process, for the gate alone.

1. One failure opens it: a hung Redis costs a process the time of the few requests that have asked by then. The pause of
   a busy machine is no failure: a call may take as long as one lasts (store.py).
2. While it is open nobody asks, so nobody waits.
3. One probe at a time finds out whether Redis is back; only its success closes it.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from novapulse import clock, log

_logger = logging.getLogger(__name__)

PROBE_SECONDS: Final = 0.5


class Circuit:
    """Closed at the start: the first request learns how Redis is."""

    def __init__(self) -> None:
        """Start closed."""
        self._probed_at = 0.0
        self._probing = threading.Lock()
        self.is_open = False

    def failed(self) -> None:
        """Open: Redis has not done it."""
        if not self.is_open:
            self.is_open, self._probed_at = True, clock.monotonic()
            log.event(_logger, "gate.redis_is_away", level=logging.WARNING)

    def may_probe(self) -> bool:
        """Tell one caller at a time, and that twice a second, to try; it must then call `probed`."""
        if clock.monotonic() - self._probed_at < PROBE_SECONDS:
            return False
        return self._probing.acquire(blocking=False)

    def recovered(self) -> None:
        """Close: Redis is back, and what it had missed is passed on."""
        self.is_open = False

    def probed(self) -> None:
        """End a probe, whatever came of it."""
        self._probed_at = clock.monotonic()
        self._probing.release()
