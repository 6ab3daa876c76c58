"""What a request has spent and written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from novapulse.resilience import account
from novapulse.resilience.account import Account, Outcome
from novapulse.telemetry import calls
from novapulse.telemetry.calls import Call, System


def test_an_account_is_in_force_for_its_block_alone() -> None:
    assert account.current() is None
    with Account(slow_seconds=1) as spent:
        assert account.current() is spent
    assert account.current() is None


def called(system: System, *, seconds: float) -> None:
    calls.ended(Call(system, "x", "", seconds))


def test_calls_are_entered_by_store_where_there_is_an_account() -> None:
    called(calls.REDIS, seconds=1)
    with Account(slow_seconds=1) as spent:
        called(calls.REDIS, seconds=0.25)
        called(calls.REDIS, seconds=0.5)
        called(calls.MONGODB, seconds=2)
        called(calls.POSTGRESQL, seconds=4)
        called(calls.SQS, seconds=8)
        called(calls.HTTP, seconds=16)

    assert (spent.redis_commands, spent.redis_seconds) == (2, 0.75)
    assert (spent.database_commands, spent.database_seconds) == (2, 6)
    assert spent.external_seconds == 24


def test_another_thread_enters_nothing_so_that_the_parts_are_never_more_than_the_whole() -> None:
    with Account(slow_seconds=1) as spent, ThreadPoolExecutor(1) as pool:
        pool.submit(called, calls.REDIS, seconds=5).result()

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


def test_the_first_fifty_calls_are_kept_and_told_of_without_values() -> None:
    with Account(slow_seconds=1) as spent:
        calls.ended(Call(calls.MONGODB, "find", "tasks", 0.0012345))
        calls.ended(Call(calls.REDIS, "decide", "gate", 0.25, "TimeoutError"))
        for _ in range(100):
            called(calls.REDIS, seconds=0)

    assert (len(spent.calls), spent.redis_commands) == (50, 101)
    assert account.told(spent.calls)[:2] == [
        {"store": "mongodb", "operation": "find", "target": "tasks", "ms": 1.23},
        {"store": "redis", "operation": "decide", "target": "gate", "ms": 250.0, "error": "TimeoutError"},
    ]


def test_a_process_can_be_asked_to_tell_of_all_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account._Telling, "of_all", False)
    assert not account.are_all_told_of()
    account.tell_of_all_calls()
    assert account.are_all_told_of()
