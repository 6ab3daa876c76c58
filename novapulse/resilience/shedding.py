"""Load shedding: more work than can be done in time is refused at the door, so that the rest is done in time.

What runs short in a process of Python is the interpreter: one thread has it, the others wait. So:

1. A thread sleeps for 10 ms again and again, and sees how much later than that it gets to run: so long waits, at the
   moment, whoever comes back from a store. The average of about the last three looks is how late the process is; one
   look counts for three targets at the most, so that it takes several in a row: a burst is soon over by itself.
2. While that is more than a target and somebody was refused since the last look, the limit of how many may be inside
   shrinks to half at each look, down to `least`. A burst that finds room is taken in and costs later ones nothing.
3. Else it grows, up to `most`: by little as long as somebody is refused, to find out what the process can do, and by
   a place a look when nobody has been for a while. A few looks are no while: in a crowd it can take as long until
   one who refuses has the interpreter.
4. Whoever finds the limit reached is refused at once; nobody waits. The more it matters what somebody comes for, the
   fewer places they must leave free for others.
5. Of the server's threads one is awake that is not inside: to take the next request, and to refuse it. Others that
   have refused somebody sleep: they would only get into the way of those inside. Whoever comes in wakes the one that
   went to sleep last: what it needs is still near to the core.

Time spent in a store counts for nothing here: whoever waits there does not have the interpreter, and a store that is
slow or away is the affair of its breaker. Source: Chiu and Jain 1989 (additive increase, multiplicative decrease);
RFC 8289 for going by how long work waits, not by how much of it there is.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from threading import Lock, Thread
from typing import Final

from novapulse import clock, log
from novapulse.errors import Overloaded

_logger = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.01
_WEIGHT: Final = 0.3  # of the latest look in the average
_MOST_TARGETS: Final = 3  # that one look counts
_INCREASE_FULL: Final = 0.03  # three places in a second
_INCREASE_AT_EASE: Final = 1.0
_LOOKS_TO_EASE: Final = 10
_DECREASE: Final = 0.5
_BETWEEN_LINES_SECONDS: Final = 10.0
_REST_SECONDS: Final = 10.0  # at the most, should nobody look any more


class Limit:
    """How many may be inside: from `least` to `most`, by how late the process is compared with `target_seconds`."""

    def __init__(self, *, least: int, most: int, target_seconds: float) -> None:
        """Start at the most."""
        self.least, self.most = least, most
        self.value = float(most)
        self.late_seconds = 0.0
        self._target_seconds = target_seconds
        self._looks_at_ease = 0

    def learn(self, late_seconds: float, *, refused: int) -> None:
        """Learn from one look, since the last of which so many were refused (steps 1 to 3)."""
        counted = min(late_seconds, _MOST_TARGETS * self._target_seconds)
        self.late_seconds += _WEIGHT * (counted - self.late_seconds)
        self._looks_at_ease = 0 if refused else self._looks_at_ease + 1
        if refused and self.late_seconds > self._target_seconds:
            self.value = max(self.least, self.value * _DECREASE)
        else:
            at_ease = self._looks_at_ease > _LOOKS_TO_EASE
            self.value = min(self.most, self.value + (_INCREASE_AT_EASE if at_ease else _INCREASE_FULL))


class Door:
    """Lets in what can be done in time: `enter` before the work, `leave` after it, whatever came of it.

    Fails closed: who is refused gets Overloaded, has done nothing, and has not waited.
    """

    def __init__(self, limit: Limit, *, threads: int) -> None:
        """Take the limit, which stays as it is until `watch`, and how many threads of the server come here."""
        self.limit = limit
        self._threads = threads
        self.inside = 0
        self._lock = Lock()
        self._resting: list[Lock] = []  # each is held until its thread is needed
        self.refused = self._refused_before = self._refused_told = 0
        self._told_at = float("-inf")

    def enter(self, *, leaving: int) -> None:
        """Come in, or raise Overloaded; `leaving` is how many places must stay free for what matters more."""
        with self._lock:
            if self.inside + leaving >= self.limit.value:
                self.refused += 1
                raise Overloaded
            self.inside += 1
            if not self._free:
                self._wake()

    def leave(self) -> None:
        """Make room."""
        with self._lock:
            self.inside -= 1

    @property
    def resting(self) -> int:
        """Tell how many threads rest."""
        return len(self._resting)

    def may_rest(self) -> bool:
        """Tell whether another thread is awake to take the next request."""
        return self._free > 1

    def rest(self) -> None:
        """Have this thread, which has refused somebody, sleep until it is needed; not at all when it is (step 5)."""
        with self._lock:
            if not self.may_rest():
                return
            needed = Lock()
            needed.acquire()
            self._resting.append(needed)
        if not needed.acquire(timeout=_REST_SECONDS):
            with self._lock, suppress(ValueError):  # woken at this very moment
                self._resting.remove(needed)

    def watch(self) -> None:
        """Start the thread that looks (step 1); in a child of a fork it starts again."""
        self._start()
        os.register_at_fork(after_in_child=self._start)

    def look(self, late_seconds: float) -> None:
        """Take one look: so late did the thread get to run. What was refused is logged, every ten seconds at most."""
        refused = self.refused
        self.limit.learn(late_seconds, refused=refused - self._refused_before)
        if refused == self._refused_before:  # perhaps there are fewer threads than was said, and none is left to refuse
            with self._lock:
                self._wake()
        self._refused_before = refused
        if refused > self._refused_told and clock.monotonic() - self._told_at >= _BETWEEN_LINES_SECONDS:
            self._tell(refused)

    @property
    def _free(self) -> int:
        """How many threads are awake and not inside."""
        return self._threads - self.resting - self.inside

    def _wake(self) -> None:
        """Wake the thread that has rested for the shortest time, if any rests."""
        if self._resting:
            self._resting.pop().release()

    def _start(self) -> None:
        Thread(target=self._repeat, name="door", daemon=True).start()

    def _repeat(self) -> None:
        while True:
            began = clock.monotonic()
            time.sleep(_LOOK_SECONDS)
            self.look(max(0.0, clock.monotonic() - began - _LOOK_SECONDS))

    def _tell(self, refused: int) -> None:
        since_last, self._refused_told, self._told_at = refused - self._refused_told, refused, clock.monotonic()
        log.event(
            _logger,
            "resilience.overloaded",
            level=logging.WARNING,
            refused=since_last,
            inside=self.inside,
            limit=round(self.limit.value, 1),
            late_ms=round(self.limit.late_seconds * 1000, 1),
        )
