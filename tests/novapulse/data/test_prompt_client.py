"""Looking for a server takes as long as was said, whatever the budget round it."""

from __future__ import annotations

from typing import Any

import pymongo
import pytest
from pymongo import _csot
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError

from novapulse import clock
from novapulse.data.prompt_client import PromptMongoClient, bounded, seconds_left
from novapulse.local.ports import free_port

# One second each: four for a whole try.
TIMEOUTS: dict[str, Any] = dict.fromkeys(
    ("serverSelectionTimeoutMS", "waitQueueTimeoutMS", "connectTimeoutMS", "socketTimeoutMS"), 1_000
)


@pytest.mark.parametrize("budget_seconds", [None, 20.0])
def test_search_for_a_server_ends_after_the_selection_timeout(budget_seconds: float | None) -> None:
    started = clock.monotonic()

    with (
        PromptMongoClient(f"mongodb://127.0.0.1:{free_port()}", serverSelectionTimeoutMS=300) as client,
        pymongo.timeout(budget_seconds),
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client.admin.command("ping")

    assert clock.monotonic() - started < 3


def test_budget_that_is_shorter_ends_the_search_first() -> None:
    started = clock.monotonic()

    with (
        PromptMongoClient(f"mongodb://127.0.0.1:{free_port()}", serverSelectionTimeoutMS=20_000) as client,
        pymongo.timeout(0.3),
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client.admin.command("ping")

    assert clock.monotonic() - started < 3


def test_call_that_the_server_does_not_answer_ends_with_the_bound(mongo_uri: str) -> None:
    started = clock.monotonic()

    with PromptMongoClient[dict[str, object]](mongo_uri) as client:
        slow = client.get_default_database()["slow"]
        slow.insert_one({})
        with bounded(0.5), pytest.raises(PyMongoError) as raised:
            slow.find_one({"$where": "sleep(5000) || true"})

    assert raised.value.timeout
    assert clock.monotonic() - started < 3


def test_socket_keeps_its_own_timeout_while_that_ends_in_time(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri, **TIMEOUTS) as client, bounded(5):
        client.admin.command("ping")

        assert _csot.get_timeout() is None


def test_bound_takes_over_where_all_timeouts_of_a_call_would_come_to_more(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri, **TIMEOUTS) as client, bounded(3.9):
        client.admin.command("ping")

        assert _csot.get_timeout() is not None


def test_nothing_of_a_bound_is_left_behind_it(mongo_uri: str) -> None:
    with PromptMongoClient[dict[str, object]](mongo_uri, socketTimeoutMS=10_000) as client:
        with bounded(5):
            client.admin.command("ping")
            assert _csot.get_timeout() is not None
            assert seconds_left(60) <= 5

        assert _csot.get_timeout() is None
        assert seconds_left(60) == 60
