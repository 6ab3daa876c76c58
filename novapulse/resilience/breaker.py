"""A circuit breaker: a dependency that is sick is left alone, so that nobody waits for it, and is tried again by few.

On pybreaker's types, exceptions and listeners, with a counting of its own: pybreaker holds one lock during the call,
counts consecutive failures alone, and takes a cancelled caller for a failure.
"""

from __future__ import annotations

import enum
import math
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from pybreaker import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
)

from novapulse import clock
from novapulse.errors import Unavailable
from novapulse.resilience import deadline
from novapulse.resilience.rules import FAILURE_RATE, FEWEST_CALLS, JITTER, PROBE_SECONDS, PROBES, SLOW_RATE, Rules
from novapulse.resilience.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

_OUT_OF_TIME_SECONDS: Final = 0.01  # with so little left, a caller's own deadline is what ended the call
_chance: Final = random.SystemRandom()


class CircuitOpen(CircuitBreakerError, Unavailable):  # noqa: N818  named as in our tree of trouble
    """A service that this needs is not available; nothing was changed, so a retry is safe."""

    def __init__(self, name: str, *, seconds: float) -> None:
        """Take the breaker's name, and the seconds after which it may let calls through again."""
        Unavailable.__init__(self)
        self.name = name
        self.retry_after_seconds = max(1, math.ceil(seconds))


class Outcome(enum.Enum):
    """What a call has said about the dependency."""

    WELL = enum.auto()
    SICK = enum.auto()
    UNREACHED = enum.auto()
    NOTHING = enum.auto()  # ignored, cancelled, or ended by its caller's own deadline


class Breaker(CircuitBreaker):
    """The breaker of one dependency in this process: `breaker.call(function, ...)`, or as a decorator.

    1. Closed: calls pass. It opens when of at least 20 calls within 10 s half failed or four in five were slow, or at
       as many connection errors in a row as the rules say.
    2. Open: calls are refused with CircuitOpen, for a time that doubles with each failed probe, give or take a fifth.
    3. Half-open: three at a time pass. The first that fails or is slow opens again, three that are well close.
    4. A call counts only in the state in which it began: what comes late says nothing about the present.
    5. Held open or closed by hand (`hold`), it stays so until the time is over.

    What is no Exception (cancelled, interrupted, exiting) and what the rules ignore counts neither way; so does a call
    that was ended by its caller's deadline before it was slow. No lock is held during a call, and no store is asked.
    Listeners hear of a change of state while others wait: what takes time they leave to a thread.
    """

    def __init__(
        self,
        name: str,
        *,
        rules: Rules | None = None,
        listeners: Sequence[CircuitBreakerListener] = (),
        seconds_left: Callable[[float], float] = deadline.remaining,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        """Take the name for logs, the rules, pybreaker's listeners, what tells a caller's rest of time, and a clock."""
        super().__init__(name=name, listeners=listeners)
        self.rules = rules or Rules()
        self._seconds_left, self._now = seconds_left, now
        self._window = Window()
        self._is_closed = True
        self._era = 0  # counts the changes of state
        self._unreached = 0  # connection errors in a row
        self._probes = self._successes = 0
        self._until = self._held_until = 0.0  # the end of being open, or of half-open's patience; of being held
        self._times = 0  # opened, without having been well for long in between
        self._closed_at = -math.inf

    @property
    def fail_counter(self) -> int:
        """Count the failures of the last ten seconds."""
        with self._lock:
            return self._window.totals(self._now()).failures

    def call(self, func: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Call the function and give its answer; raise what it raises, or CircuitOpen without having called it."""
        era = self._era
        if not self._is_closed:
            era = self._admitted()
        for listener in self._listeners:
            listener.before_call(self, func, *args, **kwargs)
        started, outcome = self._now(), Outcome.NOTHING
        try:
            answer = func(*args, **kwargs)
            outcome = Outcome.WELL
        except Exception as error:
            outcome = self._outcome_of(error, started=started)
            self._tell_failure(outcome, error)
            raise
        finally:
            self._settle(outcome, era=era, started=started)
        for listener in self._listeners:
            listener.success(self)
        return answer

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Guard a block as `call` guards a function."""
        era = self._era if self._is_closed else self._admitted()
        started, outcome = self._now(), Outcome.NOTHING
        try:
            yield
            outcome = Outcome.WELL
        except Exception as error:
            outcome = self._outcome_of(error, started=started)
            self._tell_failure(outcome, error)
            raise
        finally:
            self._settle(outcome, era=era, started=started)

    def open(self) -> bool:
        """Open for as long as the rules say."""
        self._change(STATE_OPEN)
        return False  # pybreaker's question: whether a new error takes the place of the call's own; never

    def half_open(self) -> None:
        """Let probes through."""
        self._change(STATE_HALF_OPEN)

    def close(self) -> None:
        """Let everything through, and forget what was counted."""
        self._change(STATE_CLOSED)

    def hold(self, state: str, *, seconds: float) -> None:
        """Open or close by hand: what calls say does not change it before these seconds are over."""
        with self._lock:
            self._change(state)
            self._until = self._held_until = self._now() + seconds

    def reset(self) -> None:
        """Let go of what was held by hand, close, and forget that it ever opened."""
        with self._lock:
            self._change(STATE_CLOSED)
            self._times, self._held_until = 0, 0.0

    def _admitted(self) -> int:
        """Let a probe through where it is time, and give the era it belongs to; raise CircuitOpen."""
        with self._lock:
            now = self._now()
            if self._is_closed:
                return self._era
            if self._until > now and self._state.name == STATE_OPEN:
                raise CircuitOpen(self._name or "", seconds=self._until - now)
            if self._until <= now:  # open long enough, or its probes have been given up
                self._change(STATE_HALF_OPEN)
            if self._probes >= PROBES:
                raise CircuitOpen(self._name or "", seconds=1)
            self._probes += 1
            return self._era

    def _outcome_of(self, error: Exception, *, started: float) -> Outcome:
        if isinstance(error, self.rules.ignored):
            return Outcome.NOTHING
        is_slow = self._now() - started >= self.rules.slow_seconds
        if not is_slow and self._seconds_left(1.0) <= _OUT_OF_TIME_SECONDS:
            return Outcome.NOTHING
        return Outcome.UNREACHED if isinstance(error, self.rules.connections) else Outcome.SICK

    def _settle(self, outcome: Outcome, *, era: int, started: float) -> None:
        now = self._now()
        slow = int(now - started >= self.rules.slow_seconds)
        with self._lock:
            if era != self._era:
                return
            if not self._is_closed:
                self._probed(outcome, slow=slow)
            elif outcome is Outcome.WELL and not slow:
                self._unreached = 0
                self._window.add(now)
            elif outcome is not Outcome.NOTHING:
                self._count(outcome, slow=slow, now=now)

    def _count(self, outcome: Outcome, *, slow: int, now: float) -> None:
        self._unreached = self._unreached + 1 if outcome is Outcome.UNREACHED else 0
        self._window.add(now, failures=int(outcome is not Outcome.WELL), slow=slow)
        if now >= self._held_until and self._is_sick(now):
            self._change(STATE_OPEN)

    def _is_sick(self, now: float) -> bool:
        if self._unreached >= self.rules.connection_errors:
            return True
        totals = self._window.totals(now)
        if totals.calls < FEWEST_CALLS:
            return False
        return totals.failures >= totals.calls * FAILURE_RATE or totals.slow >= totals.calls * SLOW_RATE

    def _probed(self, outcome: Outcome, *, slow: int) -> None:
        self._probes -= 1
        if outcome is Outcome.NOTHING:
            return
        if outcome is not Outcome.WELL or slow:
            self._change(STATE_OPEN)
            return
        self._successes += 1
        if self._successes >= PROBES:
            self._change(STATE_CLOSED)

    def _change(self, state: str) -> None:
        with self._lock:
            now, before = self._now(), self._state
            self._era += 1
            self._is_closed = state == STATE_CLOSED
            self._probes = self._successes = self._unreached = 0
            self._window.clear()
            if state == STATE_CLOSED:
                self._closed_at = now
            elif state == STATE_HALF_OPEN:
                self._until = now + PROBE_SECONDS
            else:
                self._until = now + self._next_open_seconds(now)
            self._state_storage.state = state
            self._state = self._create_new_state(state)
            for listener in self._listeners if before.name != state else ():
                listener.state_change(self, before, self._state)

    def _next_open_seconds(self, now: float) -> float:
        if self._state.name == STATE_CLOSED and now - self._closed_at > self.rules.longest_seconds:
            self._times = 0
        seconds = self.rules.open_seconds(times=self._times) * _chance.uniform(1 - JITTER, 1 + JITTER)
        self._times += 1
        return seconds

    def _tell_failure(self, outcome: Outcome, error: Exception) -> None:
        for listener in self._listeners if outcome is not Outcome.NOTHING else ():
            listener.failure(self, error)
