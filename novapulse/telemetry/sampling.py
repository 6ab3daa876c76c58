"""Which traces are kept: decided once, where a trace begins, and obeyed by everything that it causes.

A trace that has a parent is kept if its parent is (https://www.w3.org/TR/trace-context/#sampled-flag). Of those that
begin here a share is, chosen by the trace's id as OpenTelemetry's `TraceIdRatioBased` does, so that whoever asks gets
the same answer. What went wrong is kept on top by those who know that it did.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Final

from novapulse import clock

if TYPE_CHECKING:
    from novapulse.context import Trail

_RANDOM_DIGITS: Final = 16  # of an id's 32, from the right
_ALL: Final = 16**_RANDOM_DIGITS


class Sampler:
    """Chooses a share of the traces that begin here."""

    def __init__(self, ratio: float) -> None:
        """Take the share, from 0 to 1."""
        self._bound = round(ratio * _ALL)

    def decide(self, trail: Trail) -> None:
        """Decide whether what begins is kept; where somebody has caused it, they have decided."""
        if not trail.parent_span_id:
            trail.is_sampled = int(trail.trace_id[-_RANDOM_DIGITS:], 16) < self._bound


class Trickle:
    """Lets one through in so many seconds, of what would come by the thousand when it comes."""

    def __init__(self, *, every_seconds: float) -> None:
        """Let the first one through."""
        self._every_seconds = every_seconds
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        # In a child of a fork: another thread of the parent may have held the lock.
        self._next_at = 0.0
        self._lock = Lock()

    def lets_through(self) -> bool:
        """Tell whether this one may pass."""
        with self._lock:
            now = clock.monotonic()
            if now < self._next_at:
                return False
            self._next_at = now + self._every_seconds
            return True
