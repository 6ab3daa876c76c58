"""The limiter in memory, mostly on a clock that stands still until a test moves it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novapulse.resilience.limiter import Limiter


class _Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


QUOTAS = st.integers(1, 50)
WINDOWS = st.sampled_from([1, 7, 60, 3600])
STEPS = st.lists(st.tuples(st.floats(0, 100), st.integers(1, 12)), max_size=60)


@given(quota=QUOTAS, window=WINDOWS, steps=STEPS)
def test_never_admits_more_than_the_quota_and_what_time_gives_back(
    quota: int, window: int, steps: list[tuple[float, int]]
) -> None:
    now = _Clock()
    limiter = Limiter(10, now=now)
    admitted: list[tuple[float, int]] = []
    for wait, units in steps:
        now.seconds += wait
        if limiter.take("a", quota=quota, window_seconds=window, units=units).allowed:
            admitted.append((now.seconds, units))
    for first, (begin, _) in enumerate(admitted):  # in every stretch of time, not just from the beginning
        for last, (end, _) in enumerate(admitted[first:], start=first):
            units_between = sum(units for _, units in admitted[first : last + 1])
            assert units_between <= quota + (end - begin) * quota / window + 1e-6


@given(quota=QUOTAS, window=WINDOWS, steps=STEPS)
def test_says_the_truth_about_what_remains_and_when_to_come_back(
    quota: int, window: int, steps: list[tuple[float, int]]
) -> None:
    now = _Clock()
    limiter = Limiter(10, now=now)
    for wait, units in steps:
        now.seconds += wait
        taken = limiter.take("a", quota=quota, window_seconds=window, units=units)
        look = limiter.take("a", quota=quota, window_seconds=window, units=0)
        assert taken.remaining == look.remaining
        assert 0 <= taken.reset_seconds <= window + quota * 1e-9
        if not taken.allowed and units <= quota:
            assert taken.remaining < units
            now.seconds += taken.retry_after_seconds + 1e-6
            assert limiter.take("a", quota=quota, window_seconds=window, units=units).allowed


@given(quota=QUOTAS, window=WINDOWS)
def test_all_of_the_quota_may_be_used_at_once_and_again_after_a_window(quota: int, window: int) -> None:
    now = _Clock()
    limiter = Limiter(10, now=now)
    for _ in range(2):
        taken = [limiter.take("a", quota=quota, window_seconds=window) for _ in range(quota + 1)]
        assert [each.allowed for each in taken] == [True] * quota + [False]
        assert [each.remaining for each in taken] == [*range(quota - 1, -1, -1), 0]
        now.seconds += window + 1e-6


def test_keys_do_not_count_together() -> None:
    limiter = Limiter(10, now=_Clock())
    assert [limiter.take(key, quota=1, window_seconds=60).allowed for key in "aab"] == [True, False, True]


def test_units_are_taken_all_or_none() -> None:
    limiter = Limiter(10, now=_Clock())
    sizes = [3, 3, 2, 1]
    taken = [limiter.take("a", quota=5, window_seconds=60, units=units) for units in sizes]
    assert [each.allowed for each in taken] == [True, False, True, False]
    assert taken[1].retry_after_seconds == pytest.approx(12)


@pytest.mark.parametrize("units", [0, 1])
def test_a_quota_of_nothing_refuses_everything(units: int) -> None:
    taken = Limiter(10, now=_Clock()).take("a", quota=0, window_seconds=60, units=units)
    assert (taken.allowed, taken.remaining, taken.retry_after_seconds) == (False, 0, 60)


def test_more_than_the_quota_never_passes_and_takes_nothing() -> None:
    taken = Limiter(10, now=_Clock()).take("a", quota=5, window_seconds=60, units=6)
    assert (taken.allowed, taken.remaining, taken.reset_seconds) == (False, 5, 0)
    assert taken.retry_after_seconds > 0


def test_keeps_no_more_keys_than_told_and_gives_up_the_one_unused_for_longest() -> None:
    limiter = Limiter(2, now=_Clock())
    assert [limiter.take(key, quota=1, window_seconds=60).allowed for key in "abac"] == [True, True, False, True]
    assert len(limiter) == 2
    assert [limiter.take(key, quota=1, window_seconds=60).allowed for key in "ab"] == [False, True]


def test_a_quota_that_is_changed_counts_from_the_next_request_on() -> None:
    limiter = Limiter(10, now=_Clock())
    assert [limiter.take("a", quota=2, window_seconds=60).allowed for _ in range(3)] == [True, True, False]
    assert limiter.take("a", quota=2, window_seconds=120).allowed
    limiter.clear()
    assert limiter.take("a", quota=2, window_seconds=60).remaining == 1


def test_is_exact_when_many_threads_ask_at_once() -> None:
    limiter = Limiter(10)
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(limiter.take, "a", quota=50, window_seconds=3600) for _ in range(400)]
    assert sum(each.result().allowed for each in asked) == 50
