"""Who asks most: the fifty names that may have series of their own, while all others share one.

1. Everything is counted under its name or under `other`, at once and exactly once, so that totals hold.
2. A sketch finds the heavy hitters of a window: it keeps up to `_KEPT` names with a count; when there is no room, the
   median is taken off all counts, and who has nothing left goes. Whoever makes up more than one in 250 requests is in
   it at the end. Source: Anderson et al. 2017, "A High-Performance Algorithm for Identifying Frequent Items in Data
   Streams".
3. When a window of a minute is over, the fifty heaviest of it have the places, and those who had one before keep it as
   long as there is room. Until all places are taken, whoever comes has one.
4. Who has lost a place is still shown, unchanged, until the next window is over, so that whoever reads sees the last of
   it; then their series ends. One that comes back begins at nothing, as after a restart.
"""

from __future__ import annotations

import os
from statistics import median_low
from threading import Lock
from typing import TYPE_CHECKING, Final

from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PLACES: Final = 50
OTHER: Final = "other"
WINDOW_SECONDS: Final = 60.0
_KEPT: Final = 500


class Top:
    """Counts several figures by name; `figures` is how many."""

    def __init__(self, *, figures: int, now: Callable[[], float] = clock.monotonic) -> None:
        """Take how many figures there are of each name, and a clock."""
        self._figures, self._now = figures, now
        self.begin_anew()
        os.register_at_fork(after_in_child=self.begin_anew)

    def begin_anew(self) -> None:
        """Start with nobody."""
        self._lock = Lock()
        self._sketch: dict[str, float] = {}
        self._placed: dict[str, list[float]] = {}
        self._leaving: dict[str, list[float]] = {}
        self._other = [0.0] * self._figures
        self._window_ends_at = self._now() + WINDOW_SECONDS

    def add(self, name: str, amounts: Sequence[float]) -> None:
        """Add to the figures of a name; the weight of a call is one."""
        with self._lock:
            if self._now() >= self._window_ends_at:
                self._end_window()
            self._weigh(name)
            totals = self._placed.get(name)
            if totals is None:
                totals = self._placed.setdefault(name, [0.0] * self._figures) if self._has_room() else self._other
            for place, amount in enumerate(amounts):
                totals[place] += amount

    def totals(self) -> Mapping[str, Sequence[float]]:
        """Give the figures by name: of at most twice fifty names, and of all others together."""
        with self._lock:
            if self._now() >= self._window_ends_at:
                self._end_window()
            shown = {**self._leaving, **self._placed, OTHER: self._other}
            return {name: tuple(totals) for name, totals in shown.items()}

    def _has_room(self) -> bool:
        return len(self._placed) < PLACES

    def _weigh(self, name: str) -> None:
        """Count the name in the sketch (step 2)."""
        sketch = self._sketch
        if name in sketch or len(sketch) < _KEPT:
            sketch[name] = sketch.get(name, 0) + 1
            return
        taken_off = median_low(sketch.values())
        self._sketch = {each: count - taken_off for each, count in sketch.items() if count > taken_off}
        self._sketch[name] = 1

    def _end_window(self) -> None:
        """Give the places to the heaviest (steps 3 and 4)."""
        heaviest = sorted(self._sketch, key=self._sketch.__getitem__, reverse=True)[:PLACES]
        staying = [*heaviest, *(name for name in self._placed if name not in heaviest)][:PLACES]
        before, returning = self._placed, self._leaving
        self._placed = {name: before.get(name) or returning.get(name) or [0.0] * self._figures for name in staying}
        self._leaving = {name: totals for name, totals in before.items() if name not in self._placed}
        self._sketch = {}
        self._window_ends_at = self._now() + WINDOW_SECONDS
