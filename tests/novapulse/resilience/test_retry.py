"""Retries: few, scattered, out of a budget."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from novapulse.resilience import deadline
from novapulse.resilience import retry as retry_module
from novapulse.resilience.breaker import CircuitOpen
from novapulse.resilience.retry import Retry, RetryBudget

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect what would be slept."""
    waits: list[float] = []
    monkeypatch.setattr(retry_module, "sleep", waits.append)
    return waits


def saving(retry: Retry, calls: int = 50) -> Retry:
    for _ in range(calls):
        retry.call(int)
    return retry


def failing(error: Exception, attempts: list[int]) -> Callable[[], None]:
    def call() -> None:
        attempts.append(1)
        raise error

    return call


def attempts_of(retry: Retry, error: Exception) -> int:
    attempts: list[int] = []
    with pytest.raises(type(error)):
        retry.call(failing(error, attempts))
    return len(attempts)


def test_a_listed_error_is_tried_three_times_in_all(waits: list[float]) -> None:
    assert attempts_of(saving(Retry(on=(ConnectionError,))), ConnectionError()) == 3


def test_other_errors_and_an_open_circuit_are_tried_once(waits: list[float]) -> None:
    retry = saving(Retry(on=(ConnectionError, CircuitOpen)))

    assert attempts_of(retry, ValueError()) == 1
    assert attempts_of(retry, CircuitOpen("store", seconds=1)) == 1


def test_an_attempt_that_succeeds_is_the_answer(waits: list[float]) -> None:
    errors: list[Exception] = [ConnectionError()]

    def recover() -> str:
        if errors:
            raise errors.pop()
        return "well"

    assert saving(Retry(on=(ConnectionError,))).call(recover) == "well"


def test_waits_are_scattered_between_nothing_and_a_bound_that_doubles(waits: list[float]) -> None:
    for _ in range(50):
        attempts_of(saving(Retry(on=(ConnectionError,))), ConnectionError())

    assert max(waits[::2]) <= 0.05 < max(waits[1::2]) <= 0.1
    assert min(waits) < 0.02


def test_where_everything_fails_attempts_are_no_more_than_six_for_five_calls(waits: list[float]) -> None:
    retry, attempts = Retry(on=(ConnectionError,)), list[int]()
    for calls in range(1, 1_001):
        with suppress(ConnectionError):
            retry.call(failing(ConnectionError(), attempts))
        assert len(attempts) <= 1.2 * calls

    assert len(attempts) == 1_200


def test_a_long_quiet_day_saves_up_no_flood(waits: list[float]) -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()

    assert sum(budget.spend() for _ in range(100)) == retry_module.MOST_SAVED


def test_no_wait_outlasts_the_callers_time(waits: list[float]) -> None:
    retry = saving(Retry(on=(ConnectionError,)))
    with deadline.opened(0):
        assert attempts_of(retry, ConnectionError()) == 1
    assert waits == []


def test_of_two_layers_only_the_inner_one_retries(waits: list[float]) -> None:
    inner, outer = (saving(Retry(on=(ConnectionError,))) for _ in range(2))
    attempts: list[int] = []
    with pytest.raises(ConnectionError):
        outer.call(inner.call, failing(ConnectionError(), attempts))

    assert len(attempts) == 3
