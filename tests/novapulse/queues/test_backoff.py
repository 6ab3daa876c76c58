from __future__ import annotations

from novapulse.queues import backoff


def _longest(attempt: int) -> float:
    return backoff.seconds(attempt, first=5, longest=3600, uniform=lambda _least, most: most)


def test_the_wait_doubles_with_each_attempt_up_to_the_longest() -> None:
    assert [_longest(attempt) for attempt in (1, 2, 3, 10, 11, 5_000)] == [5, 10, 20, 2560, 3600, 3600]


def test_the_wait_is_anywhere_between_nothing_and_that_so_that_not_all_come_back_at_once() -> None:
    waits = [backoff.seconds(3, first=5, longest=3600) for _ in range(1_000)]

    assert 0 <= min(waits) < 5
    assert 15 < max(waits) <= 20
