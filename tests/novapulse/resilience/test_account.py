"""What a request has spent and written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from novapulse.resilience import account
from novapulse.resilience.account import Account, Outcome


def test_an_account_is_in_force_for_its_block_alone() -> None:
    assert account.current() is None
    with Account(slow_seconds=1) as spent:
        assert account.current() is spent
    assert account.current() is None


def test_questions_to_redis_are_entered_where_there_is_an_account() -> None:
    account.enter_redis(0.1)
    with Account(slow_seconds=1) as spent:
        account.enter_redis(0.1)
        account.enter_redis(0.2)

    assert (spent.redis_commands, round(spent.redis_seconds, 6)) == (2, 0.3)


def test_calls_to_services_outside_are_entered_where_there_is_an_account() -> None:
    account.enter_external(0.1)
    with Account(slow_seconds=1) as spent:
        account.enter_external(0.1)
        account.enter_external(0.2)

    assert round(spent.external_seconds, 6) == 0.3


def test_another_thread_enters_nothing_so_that_the_parts_are_never_more_than_the_whole() -> None:
    with Account(slow_seconds=1) as spent, ThreadPoolExecutor(1) as pool:
        pool.submit(account.enter_redis, 5).result()

    assert spent.redis_seconds == 0


@pytest.mark.parametrize(
    ("has_written", "has_committed", "outcome"),
    [
        (False, False, Outcome.NONE),
        (True, False, Outcome.ROLLED_BACK),
        (True, True, Outcome.UNKNOWN),
        (False, True, Outcome.UNKNOWN),
    ],
)
def test_the_outcome_follows_from_how_far_writing_went(
    *, has_written: bool, has_committed: bool, outcome: Outcome
) -> None:
    spent = Account(slow_seconds=1)
    spent.has_written, spent.has_committed = has_written, has_committed

    assert spent.outcome() == outcome
