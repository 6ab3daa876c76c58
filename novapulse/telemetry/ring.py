"""What waits to be sent, within bounds: where too much waits, the oldest of the lowest severity goes first.

Putting something in never waits, whatever other threads do, and may happen in a signal handler or a finalizer:

1. An item is appended to an intake, which is one call of C.
2. Whoever finds the lock free sorts the intake by severity and evicts what is too much. Who does not, leaves that to
   whoever holds the lock or comes next: the intake never holds more than what came in that moment.
3. Only the one thread that takes items out waits for the lock, under which nothing but this is done.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEBIBYTE: Final = 1024 * 1024
_DAY_SECONDS: Final = 86_400


@dataclass(slots=True)
class Item:
    """One thing to send: when it happened (seconds since 1970), how much it matters (a level of logging), its size."""

    at: float
    severity: int
    size_bytes: int
    content: Any


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait."""

    items: int = 10_000
    size_bytes: int = 16 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes into one batch; the times of its items lie within `span_seconds`."""

    items: int = 10_000
    size_bytes: int = _MEBIBYTE
    span_seconds: float = _DAY_SECONDS


class Ring:
    """Items that wait, oldest first, within bounds."""

    def __init__(self, bounds: Bounds) -> None:
        """Begin empty."""
        self._bounds = bounds
        self._intake: deque[Item] = deque()
        self._levels: dict[int, deque[Item]] = {}
        self._sorting = threading.Lock()
        self._count = self._size_bytes = 0
        self._dropped: Counter[int] = Counter()

    def __len__(self) -> int:
        """Tell how many wait."""
        return self._count + len(self._intake)

    @property
    def size_bytes(self) -> int:
        """Tell how many bytes wait."""
        return self._size_bytes

    @property
    def dropped(self) -> Counter[int]:
        """Count what was evicted since the beginning, by severity."""
        return Counter(dict(self._dropped))  # dict() is one call of C: nobody adds a severity in the middle of it

    def put(self, item: Item) -> None:
        """Let an item wait; never blocks (steps 1 and 2)."""
        self._intake.append(item)
        if self._sorting.acquire(blocking=False):
            try:
                self._sort()
            finally:
                self._sorting.release()

    def fills(self, limits: Limits) -> bool:
        """Tell whether enough waits for a whole batch."""
        return self._count >= limits.items or self._size_bytes >= limits.size_bytes

    def take(self, limits: Limits) -> list[Item]:
        """Take out a batch: the oldest, as many as the limits allow, none where nothing waits."""
        taken: list[Item] = []
        left_bytes, earliest, latest = limits.size_bytes, float("inf"), float("-inf")
        with self._sorting:
            self._sort()
            while self._count and len(taken) < limits.items:
                level = min(filter(None, self._levels.values()), key=_since)
                item = level[0]
                earliest, latest = min(earliest, item.at), max(latest, item.at)
                left_bytes -= item.size_bytes
                if taken and (left_bytes < 0 or latest - earliest > limits.span_seconds):
                    break
                self._remove_first(level)
                taken.append(item)
        return taken

    def give_back(self, taken: Sequence[Item]) -> None:
        """Let what was taken wait again, in its old place; it may be evicted like anything that waits."""
        with self._sorting:
            for item in reversed(taken):
                self._levels[item.severity].appendleft(item)
                self._count += 1
                self._size_bytes += item.size_bytes
            self._evict()

    def _sort(self) -> None:
        while self._intake:
            item = self._intake.popleft()
            level = self._levels.get(item.severity)
            if level is None:
                level = self._levels[item.severity] = deque()
            level.append(item)
            self._count += 1
            self._size_bytes += item.size_bytes
            if self._count > self._bounds.items or self._size_bytes > self._bounds.size_bytes:
                self._evict()

    def _evict(self) -> None:
        while self._count > self._bounds.items or self._size_bytes > self._bounds.size_bytes:
            lowest = min(severity for severity, level in self._levels.items() if level)
            self._remove_first(self._levels[lowest])
            self._dropped[lowest] += 1

    def _remove_first(self, level: deque[Item]) -> None:
        self._count -= 1
        self._size_bytes -= level.popleft().size_bytes


def _since(level: deque[Item]) -> float:
    return level[0].at
