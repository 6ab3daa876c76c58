"""Whether Redis is asked at all: a breaker of this process, for the gate alone.

1. Two failures in a row open it: one may be a pause of the machine, and costs one request its 25 ms.
2. While it is open nobody asks, so nobody waits.
3. One probe at a time finds out whether Redis is back; only its success closes it.
"""

from __future__ import annotations

import threading
from typing import Final

from novapulse import clock

OPENED_BY_FAILURES: Final = 2
PROBE_SECONDS: Final = 0.5


class Circuit:
    """Closed at the start: the first request learns how Redis is."""

    def __init__(self) -> None:
        """Start closed."""
        self._failures = 0
        self._probed_at = 0.0
        self._probing = threading.Lock()
        self.is_open = False

    def succeeded(self) -> None:
        """Note that Redis has done it."""
        self._failures = 0

    def failed(self) -> None:
        """Note that it has not: the second time in a row opens."""
        self._failures += 1
        if self._failures >= OPENED_BY_FAILURES and not self.is_open:
            self.is_open, self._probed_at = True, clock.monotonic()

    def may_probe(self) -> bool:
        """Tell one caller at a time, and that twice a second, to try; it must then call `probed`."""
        if clock.monotonic() - self._probed_at < PROBE_SECONDS:
            return False
        return self._probing.acquire(blocking=False)

    def recovered(self) -> None:
        """Close: Redis is back, and what it had missed is passed on."""
        self._failures, self.is_open = 0, False

    def probed(self) -> None:
        """End a probe, whatever came of it."""
        self._probed_at = clock.monotonic()
        self._probing.release()
