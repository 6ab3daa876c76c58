"""What became of the calls of the last ten seconds, in buckets of one second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BUCKETS: Final = 10
BUCKET_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Totals:
    """How many calls there were, how many of them failed, and how many took too long."""

    calls: int
    failures: int
    slow: int


class Window:
    """Counts on a monotonic clock that its owner reads and hands in; its owner also holds the lock."""

    def __init__(self) -> None:
        """Start empty."""
        self._newest = 0
        self.clear()

    def clear(self) -> None:
        """Forget every call."""
        self._calls = [0] * BUCKETS
        self._failures = [0] * BUCKETS
        self._slow = [0] * BUCKETS

    def add(self, now: float, *, failures: int = 0, slow: int = 0) -> None:
        """Count one call that ended now, and whether (1 or 0) it failed and was slow."""
        bucket = self._turned_to(now)
        self._calls[bucket] += 1
        self._failures[bucket] += failures
        self._slow[bucket] += slow

    def totals(self, now: float) -> Totals:
        """Add up what has not grown too old by now."""
        self._turned_to(now)
        return Totals(sum(self._calls), sum(self._failures), sum(self._slow))

    def _turned_to(self, now: float) -> int:
        newest = int(now / BUCKET_SECONDS)
        for passed in range(max(self._newest + 1, newest - BUCKETS + 1), newest + 1):
            bucket = passed % BUCKETS
            self._calls[bucket] = self._failures[bucket] = self._slow[bucket] = 0
        self._newest = max(self._newest, newest)
        return self._newest % BUCKETS
