"""What pybreaker's own breaker does where ours must not: each story is told of both, theirs as the control.

A control that stops failing says that pybreaker has changed, and that ours may be the smaller for it.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import pybreaker
import pytest
import redis
from pybreaker import CircuitBreaker, CircuitRedisStorage

from novapulse.resilience.breaker import Breaker
from novapulse.resilience.rules import Rules
from tests.faults import refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS, CALL_SECONDS = 8, 0.2


class Ignored(Exception):  # noqa: N818  what it is called is what is done with it
    """Says nothing about the dependency."""


def fail(error: BaseException) -> NoReturn:
    raise error


def told(breaker: CircuitBreaker, *errors: BaseException | None) -> str:
    """Have calls end in these errors (None: well), and give the state that the breaker is in then."""
    for error in errors:
        with suppress(BaseException):
            breaker.call(int) if error is None else breaker.call(fail, error)
    return breaker.current_state


def seconds_of_threads(breaker: CircuitBreaker) -> float:
    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: breaker.call(time.sleep, CALL_SECONDS), range(THREADS)))
    return time.monotonic() - started


@pytest.fixture
def store(settings: Any) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client
        for key in list(client.scan_iter("pybreaker:*")):
            client.delete(key)


def shared(store: redis.Redis) -> CircuitBreaker:
    """Make the breaker of one process of theirs; all of them share their state in Redis."""
    storage = CircuitRedisStorage(pybreaker.STATE_CLOSED, store, namespace="pybreaker")
    return CircuitBreaker(fail_max=5, state_storage=storage)


def commands_of_calls(store: redis.Redis, breaker: CircuitBreaker, *, calls: int) -> int:
    before = int(store.info("stats")["total_commands_processed"])
    for _ in range(calls):
        breaker.call(int)
    return int(store.info("stats")["total_commands_processed"]) - before - 1  # our own question


def test_calls_of_eight_threads_do_not_wait_for_each_other() -> None:
    assert seconds_of_threads(CircuitBreaker()) >= THREADS * CALL_SECONDS
    assert min(seconds_of_threads(Breaker("store")) for _ in range(3)) < THREADS * CALL_SECONDS / 2


def test_four_failures_in_five_open_it() -> None:
    calls = [ConnectionResetError(), OSError(), OSError(), OSError(), None] * 20

    assert told(CircuitBreaker(fail_max=5), *calls) == "closed"
    assert told(Breaker("store"), *calls) == "open"


def test_slow_successes_open_it() -> None:
    theirs, ours = CircuitBreaker(fail_max=5), Breaker("store", rules=Rules(slow_seconds=0.01))
    for breaker in (theirs, ours):
        for _ in range(20):
            breaker.call(time.sleep, 0.02)

    assert (theirs.current_state, ours.current_state) == ("closed", "open")


@pytest.mark.parametrize("error", [asyncio.CancelledError(), SystemExit(), KeyboardInterrupt(), GeneratorExit()])
def test_a_caller_who_gives_up_does_not_open_it(error: BaseException) -> None:
    assert told(CircuitBreaker(fail_max=3), *[error] * 30) == "open"
    assert told(Breaker("store"), *[error] * 30) == "closed"


def test_an_error_that_is_ignored_is_no_success() -> None:
    calls = [*[ConnectionError()] * 4, Ignored(), ConnectionError()]

    assert told(CircuitBreaker(fail_max=5, exclude=[Ignored]), *calls) == "closed"
    assert told(Breaker("store", rules=Rules(ignored=(Ignored,))), *calls) == "open"


def test_a_clock_that_is_set_forward_does_not_end_the_time_that_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = CircuitBreaker(fail_max=5), Breaker("store")
    for breaker in (theirs, ours):
        assert told(breaker, *[ConnectionError()] * 5) == "open"

    class SetForward(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(hours=1)  # noqa: TID251  the very clock that is set

    monkeypatch.setattr(pybreaker, "datetime", SetForward)

    assert told(theirs, None) == "closed"
    assert told(ours, None) == "open"


def test_healthy_calls_cost_redis_nothing(store: redis.Redis) -> None:
    assert commands_of_calls(store, shared(store), calls=50) >= 100
    assert commands_of_calls(store, Breaker("store"), calls=50) < 100  # other users of this Redis have a few


def test_one_sick_process_does_not_open_the_others(store: redis.Redis) -> None:
    sick, healthy = shared(store), shared(store)
    assert told(sick, *[ConnectionError()] * 5) == "open"
    assert healthy.current_state == "open"

    ours_sick, ours_healthy = Breaker("store"), Breaker("store")
    assert told(ours_sick, *[ConnectionError()] * 5) == "open"
    assert ours_healthy.current_state == "closed"


def test_it_starts_without_redis() -> None:
    away = redis.Redis(port=refusing_port(), retry=None)
    with pytest.raises(redis.ConnectionError):
        shared(away).call(int)

    assert Breaker("store").call(int) == 0
