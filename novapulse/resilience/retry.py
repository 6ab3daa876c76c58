"""Retries that do not make an outage worse: few, scattered, out of a budget, and within the caller's time."""

from __future__ import annotations

import itertools
import random
import threading
from time import sleep
from typing import TYPE_CHECKING, Final, TypeVar

from novapulse.resilience import deadline
from novapulse.resilience.breaker import CircuitOpen

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

ATTEMPTS: Final = 3
FIRST_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 2.0
SHARE: Final = 5  # calls that pay for one retry: a fifth more load is what a sick dependency may get
MOST_SAVED: Final = 10  # retries; what a quiet day has saved is no flood
_TRIED_AGAIN: Final = "_novapulse_tried_again"  # on an error that a retry inside has given up on

_chance: Final = random.SystemRandom()


class RetryBudget:
    """A bucket that each call fills by a fifth of a retry: attempts never come to more than 1.2 x calls."""

    def __init__(self) -> None:
        """Start empty: a process that starts into an outage adds nothing to it."""
        self._lock = threading.Lock()
        self._saved = 0  # in fifths

    def earn(self) -> None:
        """Note a call."""
        with self._lock:
            self._saved = min(self._saved + 1, MOST_SAVED * SHARE)

    def spend(self) -> bool:
        """Take one retry, and tell whether there was one."""
        with self._lock:
            if self._saved < SHARE:
                return False
            self._saved -= SHARE
            return True


class Retry:
    """Call again, at most three times in all, after errors that are listed and of things that may be done twice.

    Full jitter: each wait is anything from nothing to a bound that doubles (Brooker, "Exponential Backoff And Jitter",
    AWS Architecture Blog, 2015). Never after a CircuitOpen, nor where the wait would outlast the caller's time, nor
    after an error that a retry further in has already given up on: of two layers, one retries.
    """

    def __init__(self, *, on: tuple[type[Exception], ...]) -> None:
        """Take the errors after which another attempt makes sense."""
        self.budget = RetryBudget()
        self._on = on

    def call(self, func: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Call the function until it succeeds; raise its last error where that is not to be."""
        self.budget.earn()
        for attempt in itertools.count(1):
            try:
                return func(*args, **kwargs)
            except self._on as error:
                if not self._may_go_on(error, attempt=attempt):
                    setattr(error, _TRIED_AGAIN, True)
                    raise
        raise AssertionError  # counting never ends

    def _may_go_on(self, error: Exception, *, attempt: int) -> bool:
        if attempt >= ATTEMPTS or isinstance(error, CircuitOpen) or hasattr(error, _TRIED_AGAIN):
            return False
        wait = _chance.uniform(0, min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (attempt - 1)))
        if deadline.remaining(LONGEST_SECONDS) <= wait or not self.budget.spend():
            return False
        sleep(wait)
        return True
