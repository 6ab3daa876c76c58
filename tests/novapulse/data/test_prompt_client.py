"""Looking for a server takes as long as was said, whatever the budget round it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pymongo
import pytest
from bson import ObjectId
from pymongo import _csot
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError

from novapulse import clock
from novapulse.data import prompt_client
from novapulse.data.prompt_client import PromptMongoClient, bounded, rest_of_callers_time, seconds_left
from novapulse.local.ports import free_port
from novapulse.resilience import deadline
from novapulse.resilience.breaker import Breaker
from novapulse.resilience.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

# One second each: four for a whole try.
TIMEOUTS: dict[str, Any] = dict.fromkeys(
    ("serverSelectionTimeoutMS", "waitQueueTimeoutMS", "connectTimeoutMS", "socketTimeoutMS"), 1_000
)


SOON_SECONDS = 10.0  # far less than without the bound, far more than a busy machine adds to it


@pytest.mark.parametrize("budget_seconds", [None, 20.0])
def test_search_for_a_server_ends_after_the_selection_timeout(budget_seconds: float | None) -> None:
    started = clock.monotonic()

    with (
        PromptMongoClient(f"mongodb://127.0.0.1:{free_port()}", serverSelectionTimeoutMS=300) as client,
        pymongo.timeout(budget_seconds),
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client.admin.command("ping")

    assert clock.monotonic() - started < SOON_SECONDS


def test_budget_that_is_shorter_ends_the_search_first() -> None:
    started = clock.monotonic()

    with (
        PromptMongoClient(f"mongodb://127.0.0.1:{free_port()}", serverSelectionTimeoutMS=20_000) as client,
        pymongo.timeout(0.3),
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client.admin.command("ping")

    assert clock.monotonic() - started < SOON_SECONDS


def test_call_that_the_server_does_not_answer_ends_with_the_bound(mongo_uri: str) -> None:
    started = clock.monotonic()

    with PromptMongoClient[dict[str, object]](mongo_uri) as client:
        slow = client.get_default_database()["slow"]
        slow.insert_one({})
        with deadline.opened(0.5), pytest.raises(PyMongoError) as raised:
            slow.find_one({"$where": "sleep(5000) || true"})

    assert raised.value.timeout
    assert clock.monotonic() - started < SOON_SECONDS


def test_socket_keeps_its_own_timeout_while_that_ends_in_time(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri, **TIMEOUTS) as client, deadline.opened(60):
        client.admin.command("ping")

        assert _csot.get_timeout() is None


def test_bound_takes_over_where_all_timeouts_of_a_call_would_come_to_more(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri, **TIMEOUTS) as client, deadline.opened(3.9):
        client.admin.command("ping")

        assert _csot.get_timeout() is not None


def test_nothing_of_a_bound_is_left_behind_it(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri, socketTimeoutMS=10_000) as client:
        with deadline.opened(5):
            client.admin.command("ping")
            assert _csot.get_timeout() is not None
            assert seconds_left(60) <= 5

        assert _csot.get_timeout() is None
        assert seconds_left(60) == 60


def test_nothing_is_left_behind_a_bound_that_was_shortened_after_a_call(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri) as client:
        with deadline.opened(20) as running:
            client.admin.command("ping")
            running.shorten(5)
            client.admin.command("ping")
            assert (_csot.remaining() or 60) <= 5

        assert _csot.get_timeout() is None


SEARCH_SECONDS = 1.0  # PyMongo looks at the clock twice a second while it searches


@pytest.fixture
def lost() -> Iterator[PromptMongoClient[dict[str, object]]]:
    """Give a client of a MongoDB that is not there, guarded by a breaker that opens at two failed searches."""
    rules = Rules(slow_seconds=SEARCH_SECONDS, connection_errors=2, connections=(ServerSelectionTimeoutError,))
    url = f"mongodb://127.0.0.1:{free_port()}"
    with PromptMongoClient[dict[str, object]](url, serverSelectionTimeoutMS=int(SEARCH_SECONDS * 1000)) as client:
        client.guarded_by(Breaker("mongodb", rules=rules, seconds_left=rest_of_callers_time))
        yield client


def seconds_of_failure(client: PromptMongoClient[dict[str, object]]) -> float:
    started = clock.monotonic()
    with pytest.raises(ServerSelectionTimeoutError):
        client.admin.command("ping")
    return clock.monotonic() - started


def test_a_server_that_is_not_found_twice_is_not_searched_for_any_more(
    lost: PromptMongoClient[dict[str, object]],
) -> None:
    assert [seconds_of_failure(lost) >= SEARCH_SECONDS for _ in range(2)] == [True, True]

    assert sorted(seconds_of_failure(lost) for _ in range(20))[-3] < 0.2  # two may meet a machine that stalls


@pytest.mark.parametrize("bound", [deadline.opened, pymongo.timeout])
def test_a_caller_who_has_no_time_does_not_open_it_for_others(
    lost: PromptMongoClient[dict[str, object]], bound: Callable[[float], AbstractContextManager[Any]]
) -> None:
    for _ in range(3):
        with bound(0.02):
            seconds_of_failure(lost)

    assert seconds_of_failure(lost) >= SEARCH_SECONDS


def test_a_transaction_that_is_under_way_goes_on_although_it_is_open(mongo_uri: str) -> None:
    breaker = Breaker("mongodb")
    with PromptMongoClient[dict[str, Any]](mongo_uri) as client:
        client.guarded_by(breaker)
        rows = client.get_default_database()["under_way"]
        with client.start_session() as session:
            session.start_transaction()
            rows.insert_one({"_id": 1}, session=session)
            breaker.open()
            rows.insert_one({"_id": 2}, session=session)
            session.commit_transaction()
        breaker.reset()

        assert rows.count_documents({}) == 2
        rows.drop()


def test_no_transaction_begins_while_it_is_open(mongo_uri: str) -> None:
    breaker = Breaker("mongodb")
    with PromptMongoClient[dict[str, Any]](mongo_uri) as client, client.start_session() as session:
        client.guarded_by(breaker)
        breaker.open()
        session.start_transaction()

        with pytest.raises(ServerSelectionTimeoutError):
            client.get_default_database()["under_way"].insert_one({}, session=session)


def test_slow_calls_add_up_to_one_bound(mongo_uri: str) -> None:
    done: list[object] = []

    with PromptMongoClient[dict[str, object]](mongo_uri) as client:
        slow = client.get_default_database()["slow_five_times"]
        slow.replace_one({"_id": 1}, {"_id": 1}, upsert=True)
        started = clock.monotonic()
        with deadline.opened(0.7), pytest.raises(PyMongoError):
            done.extend(slow.find_one({"$where": "sleep(300) || true"}) for _ in range(60))

    assert len(done) <= 2  # so many of 300 ms are over in time, fewer where the machine is busy
    assert clock.monotonic() - started < SOON_SECONDS


def test_a_child_binds_the_calls_inside_it_although_its_parent_does_so_already(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri) as client, deadline.opened(20) as parent:
        client.admin.command("ping")
        outside = _csot.remaining()
        with parent.child(0.5):
            client.admin.command("ping")
            inside = _csot.remaining()
        client.admin.command("ping")
        after = _csot.remaining()

    assert outside is not None
    assert inside is not None
    assert after is not None
    assert inside <= 0.5
    assert 10 < after <= outside
    assert _csot.get_timeout() is None


def test_a_pool_s_thread_is_bound_as_its_caller_and_left_clean(mongo_uri: str) -> None:
    with ThreadPoolExecutor(1) as pool, PromptMongoClient[dict[str, object]](mongo_uri) as client:

        def left() -> float | None:
            client.admin.command("ping")
            return _csot.remaining()

        with deadline.opened(5):
            inside = pool.submit(deadline.carried(left)).result()
        without = pool.submit(left).result()

    assert inside is not None
    assert inside <= 5
    assert without is None


def test_nothing_is_sent_once_the_time_is_over(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri) as client:
        gone, ids = client.get_default_database()["too_late"], [ObjectId() for _ in range(50)]
        client.admin.command("ping")
        for each in ids:
            with deadline.opened(0), pytest.raises(PyMongoError) as raised:
                gone.insert_one({"_id": each})
            assert raised.value.timeout

        assert gone.find_one({"_id": {"$in": ids}}) is None


@pytest.mark.parametrize("round_it", [bounded, lambda _seconds: nullcontext()])
def test_on_a_busy_machine_a_bound_does_not_stay_behind_in_the_thread_either(
    round_it: Callable[[float], AbstractContextManager[None]], mongo_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each moment between looking at the clock and setting a timeout by it is a long one."""

    def slowly(at_most: float) -> float:
        left = seconds_left(at_most)
        time.sleep(0.05)
        return left

    with PromptMongoClient[dict[str, object]](mongo_uri) as client:
        client.admin.command("ping")
        monkeypatch.setattr(prompt_client, "seconds_left", slowly)
        with deadline.opened(5), round_it(10):
            client.admin.command("ping")
            client.admin.command("ping")

    assert _csot.get_timeout() is None
