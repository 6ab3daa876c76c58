"""How to make a breaker's calls go well, fail or take long, on a clock that a test moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from novapulse.resilience.breaker import Breaker


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class Ignored(Exception):  # noqa: N818  what it is called is what is done with it
    """Says nothing about the dependency."""


class Sick(Exception):  # noqa: N818  as above
    """The dependency answered, and badly."""


def fail(error: BaseException) -> NoReturn:
    raise error


def failed(breaker: Breaker, *errors: BaseException) -> None:
    for error in errors:
        with pytest.raises(type(error)):
            breaker.call(fail, error)


def well(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        assert breaker.call(int) == 0


def opened(breaker: Breaker) -> None:
    failed(breaker, *[ConnectionError()] * 5)
    assert breaker.current_state == "open"


def half_opened(breaker: Breaker, now: Clock) -> None:
    opened(breaker)
    now.seconds += 6


def slow(breaker: Breaker, now: Clock, *, seconds: float, times: int = 1) -> None:
    for _ in range(times):
        breaker.call(lambda: setattr(now, "seconds", now.seconds + seconds))
