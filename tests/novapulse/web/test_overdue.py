"""What a request that ran out of time is told."""

from __future__ import annotations

import time

from novapulse.errors import NotFound, TimedOut, Unavailable
from novapulse.resilience import deadline
from novapulse.resilience.account import Account, Outcome
from novapulse.web import overdue


def test_it_is_told_of_how_much_time_and_in_what() -> None:
    with deadline.opened(0.02), Account(slow_seconds=1):
        time.sleep(0.03)
        told = overdue.members(TimedOut(phase="database"))

    assert (told["deadline_ms"], told["phase"], told["outcome"]) == (20, "database", "none")
    assert 30 <= told["elapsed_ms"] < 20_000


def test_the_advice_fits_the_outcome() -> None:
    with Account(slow_seconds=1) as spent:
        assert "Nothing was changed" in overdue.members(TimedOut())["detail"]
        spent.has_written = True
        assert "rolled back" in overdue.members(TimedOut())["detail"]
        spent.has_committed = True
        assert "Idempotency-Key" in overdue.members(TimedOut())["detail"]


def test_outside_of_a_request_nothing_is_known() -> None:
    assert overdue.outcome_now() == Outcome.UNKNOWN
    assert "deadline_ms" not in overdue.members(TimedOut())


def test_no_safe_retry_is_promised_after_a_write() -> None:
    with Account(slow_seconds=1) as spent:
        away, unknown = Unavailable(), NotFound()
        assert overdue.truthful(away) is away
        spent.has_committed = True

        assert isinstance(overdue.truthful(away), TimedOut)
        assert overdue.truthful(unknown) is unknown
