"""The one composition: Retry(Breaker(Bulkhead(call)))."""

from __future__ import annotations

import pytest

from novapulse.errors import Overloaded
from novapulse.resilience import retry
from novapulse.resilience.breaker import CircuitOpen
from novapulse.resilience.bulkhead import Bulkhead
from novapulse.resilience.guard import Guard


def guard(*, slots: int = 2, retry_on: tuple[type[Exception], ...] = ()) -> Guard:
    return Guard("store", bulkhead=Bulkhead("store", slots=slots, waiting=0, wait_seconds=0.01), retry_on=retry_on)


def test_a_call_and_a_decorated_function_go_through() -> None:
    store = guard()

    @store
    def double(number: int) -> int:
        """Double it."""
        return number * 2

    assert store.call(divmod, 7, 2) == (3, 1)
    assert double(21) == 42
    assert double.__doc__ == "Double it."


def test_every_attempt_counts_in_the_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "sleep", lambda _: None)
    store = guard(retry_on=(ConnectionError,))
    for _ in range(50):
        store.call(int)

    def fail() -> None:
        raise ConnectionError

    for _ in range(2):
        with pytest.raises((ConnectionError, CircuitOpen)):
            store.call(fail)

    assert store.breaker.current_state == "open"


def test_a_full_room_is_refused_and_not_held_against_the_dependency() -> None:
    store = guard(slots=1)

    def enter_again() -> None:
        for _ in range(50):
            with pytest.raises(Overloaded):
                store.call(int)

    store.call(enter_again)

    assert store.breaker.current_state == "closed"
    assert store.breaker.fail_counter == 0


def test_who_is_refused_takes_no_place_in_the_room() -> None:
    store = guard(slots=1)
    store.breaker.open()
    for _ in range(3):
        with pytest.raises(CircuitOpen):
            store.call(int)
    store.breaker.reset()

    assert store.call(int) == 0
