"""The circuit breaker, on a clock that a test moves."""
# ruff: noqa: ARG002  the signatures of a listener are pybreaker's

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from pybreaker import CircuitBreakerError, CircuitBreakerListener

from novapulse.errors import Unavailable
from novapulse.resilience import deadline
from novapulse.resilience.breaker import Breaker, CircuitOpen
from novapulse.resilience.rules import Rules
from tests.novapulse.resilience.breaking import Clock, Ignored, Sick, failed, half_opened, opened, slow, well


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def breaker(now: Clock) -> Breaker:
    return Breaker("store", rules=Rules(ignored=(Ignored,)), now=now)


def test_it_gives_the_answer_and_raises_the_error_of_the_call(breaker: Breaker) -> None:
    assert breaker.call(divmod, 7, 2) == (3, 1)
    failed(breaker, Sick())


def test_half_of_twenty_calls_open_it(breaker: Breaker) -> None:
    for _ in range(9):
        well(breaker)
        failed(breaker, Sick())
    well(breaker)
    assert breaker.current_state == "closed"
    failed(breaker, Sick())

    assert breaker.current_state == "open"


def test_a_few_failures_at_night_do_not(breaker: Breaker) -> None:
    failed(breaker, *[Sick()] * 19)

    assert breaker.current_state == "closed"


def test_failures_that_are_older_than_the_window_do_not_count(breaker: Breaker, now: Clock) -> None:
    for _ in range(40):
        failed(breaker, Sick())
        now.seconds += 1

    assert breaker.current_state == "closed"


def test_calls_that_succeed_slowly_open_it(breaker: Breaker, now: Clock) -> None:
    breaker.rules = Rules(slow_seconds=0.3)
    slow(breaker, now, seconds=0.4, times=20)

    assert breaker.current_state == "open"


def test_five_connection_errors_in_a_row_open_it_and_four_do_not(breaker: Breaker) -> None:
    failed(breaker, *[ConnectionError()] * 4)
    well(breaker)
    failed(breaker, *[ConnectionError()] * 4)
    assert breaker.current_state == "closed"
    failed(breaker, ConnectionError())

    assert breaker.current_state == "open"


def test_open_it_refuses_without_calling_and_says_when_to_come_back(breaker: Breaker) -> None:
    opened(breaker)
    with pytest.raises(CircuitOpen) as refused:
        breaker.call(pytest.fail, "called")

    assert isinstance(refused.value, CircuitBreakerError)
    assert isinstance(refused.value, Unavailable)
    assert 4 <= refused.value.retry_after_seconds <= 6
    assert "store" not in str(refused.value)


def test_each_failed_probe_doubles_the_time_up_to_a_minute(breaker: Breaker, now: Clock) -> None:
    opened(breaker)
    for seconds in (5, 10, 20, 40, 60, 60):
        assert seconds * 0.8 <= breaker._until - now.seconds <= seconds * 1.2
        now.seconds = breaker._until
        failed(breaker, Sick())


def test_after_a_minute_of_being_well_it_opens_for_a_short_time_again(breaker: Breaker, now: Clock) -> None:
    half_opened(breaker, now)
    failed(breaker, Sick())
    now.seconds += 12
    well(breaker, 3)
    now.seconds += 61
    opened(breaker)

    assert breaker._until - now.seconds <= 6


def test_processes_that_open_together_do_not_probe_together() -> None:
    breakers = [Breaker("store", now=Clock()) for _ in range(20)]
    for each in breakers:
        opened(each)

    assert len({each._until for each in breakers}) > 10


def test_three_probes_that_succeed_close_it(breaker: Breaker, now: Clock) -> None:
    half_opened(breaker, now)
    well(breaker, 2)
    assert breaker.current_state == "half-open"
    well(breaker)
    assert breaker.current_state == "closed"


@pytest.mark.parametrize("seconds", [0.0, 1.5])
def test_one_probe_that_fails_or_is_slow_opens_it_again(breaker: Breaker, now: Clock, seconds: float) -> None:
    half_opened(breaker, now)
    if seconds:
        slow(breaker, now, seconds=seconds)
    else:
        failed(breaker, Sick())

    assert breaker.current_state == "open"


def test_no_more_than_three_probe_at_a_time(breaker: Breaker, now: Clock) -> None:
    half_opened(breaker, now)
    started, go_on = threading.Semaphore(0), threading.Event()

    def probe() -> None:
        started.release()
        go_on.wait(10)

    threads = [threading.Thread(target=breaker.call, args=(probe,)) for _ in range(3)]
    for each in threads:
        each.start()
        assert started.acquire(timeout=10)
    with pytest.raises(CircuitOpen):
        breaker.call(int)
    go_on.set()
    for each in threads:
        each.join(10)

    assert breaker.current_state == "closed"


@pytest.mark.parametrize("error", [Ignored(), asyncio.CancelledError(), SystemExit(), GeneratorExit()])
def test_a_probe_that_is_ignored_or_cancelled_gives_its_permit_back(
    breaker: Breaker, now: Clock, error: BaseException
) -> None:
    half_opened(breaker, now)
    failed(breaker, *[error] * 10)
    assert breaker.current_state == "half-open"
    well(breaker, 3)

    assert breaker.current_state == "closed"


def test_probes_that_never_come_back_keep_nobody_away_for_ever(breaker: Breaker, now: Clock) -> None:
    half_opened(breaker, now)
    hung = [breaker.calling() for _ in range(3)]
    for each in hung:
        each.__enter__()
    with pytest.raises(CircuitOpen):
        breaker.call(int)
    now.seconds += 11
    well(breaker, 3)
    for each in hung:
        each.__exit__(None, None, None)

    assert breaker.current_state == "closed"


@pytest.mark.parametrize(
    "error", [asyncio.CancelledError(), SystemExit(), KeyboardInterrupt(), GeneratorExit(), Ignored()]
)
def test_what_says_nothing_about_the_dependency_is_no_failure(breaker: Breaker, error: BaseException) -> None:
    failed(breaker, *[error] * 50)

    assert breaker.current_state == "closed"
    assert breaker.fail_counter == 0


def test_a_call_that_its_callers_own_deadline_ended_is_not_held_against_the_dependency(now: Clock) -> None:
    breaker = Breaker("store", now=now)
    with deadline.opened(0):
        failed(breaker, *[TimeoutError()] * 50)

    assert breaker.current_state == "closed"


def test_unless_it_had_been_slow_by_then(now: Clock) -> None:
    breaker = Breaker("store", now=now, seconds_left=lambda _: 0.0)

    def hang() -> None:
        now.seconds += 1.5
        raise TimeoutError

    for _ in range(5):
        with pytest.raises(TimeoutError):
            breaker.call(hang)

    assert breaker.current_state == "open"


def test_a_call_that_ends_in_another_state_than_it_began_in_counts_nowhere(breaker: Breaker, now: Clock) -> None:
    late = breaker.calling()
    late.__enter__()
    half_opened(breaker, now)
    well(breaker, 1)
    assert not late.__exit__(Sick, Sick(), None)
    assert breaker.current_state == "half-open"


def test_held_open_it_stays_open_for_the_time_and_then_probes(breaker: Breaker, now: Clock) -> None:
    breaker.hold("open", seconds=600)
    now.seconds += 599
    with pytest.raises(CircuitOpen):
        breaker.call(int)
    now.seconds += 1
    well(breaker)

    assert breaker.current_state == "half-open"


def test_held_closed_it_lets_failures_pass_for_the_time_alone(breaker: Breaker, now: Clock) -> None:
    breaker.hold("closed", seconds=600)
    failed(breaker, *[ConnectionError()] * 50)
    assert breaker.current_state == "closed"
    now.seconds += 600
    failed(breaker, ConnectionError())

    assert breaker.current_state == "open"


def test_reset_lets_go_of_everything(breaker: Breaker, now: Clock) -> None:
    breaker.hold("open", seconds=600)
    breaker.reset()
    well(breaker)
    opened(breaker)

    assert breaker._until - now.seconds <= 6


def test_listeners_of_pybreaker_hear_of_calls_and_of_changes(breaker: Breaker, now: Clock) -> None:
    heard: list[str] = []

    class Listener(CircuitBreakerListener):
        def before_call(self, cb: Any, func: Any, *args: Any, **kwargs: Any) -> None:
            heard.append("call")

        def success(self, cb: Any) -> None:
            heard.append("success")

        def failure(self, cb: Any, exc: BaseException) -> None:
            heard.append(type(exc).__name__)

        def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:
            heard.append(f"{old_state.name} -> {new_state.name}")

    breaker.add_listener(Listener())
    well(breaker)
    failed(breaker, Ignored(), Sick())
    breaker.open()
    now.seconds += 6
    well(breaker, 3)

    assert heard[:5] == ["call", "success", "call", "call", "Sick"]
    assert [each for each in heard if "->" in each] == ["closed -> open", "open -> half-open", "half-open -> closed"]


def test_it_decorates_a_function_and_guards_a_block_as_pybreaker_does(breaker: Breaker) -> None:
    @breaker
    def double(number: int) -> int:
        return number * 2

    with pytest.raises(Sick), breaker.calling():
        raise Sick

    assert double(21) == 42
    assert breaker.fail_counter == 1


def test_threads_lose_no_count(breaker: Breaker) -> None:
    threads = [threading.Thread(target=well, args=(breaker, 500)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert breaker._window.totals(1_000.0).calls == 4_000
