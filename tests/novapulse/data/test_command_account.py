"""MongoDB's commands in the account of a request, by a real server."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import OperationFailure

from novapulse.data import registry, transaction
from novapulse.resilience.account import Account, Outcome
from novapulse.telemetry import calls
from novapulse.tenancy import scope
from tests.hearing import hearing


@pytest.fixture
def things(database: Any) -> Any:
    """Give a collection through the service's own client, whose listeners are the ones of the wiring."""
    with scope.across_tenants("a test of the listener"):
        yield registry.provider("mongodb").database()["companies"]


def test_time_and_number_of_commands_are_those_of_the_server(things: Any) -> None:
    things.insert_one({})
    with Account(slow_seconds=1) as spent:
        things.find_one({"$where": "sleep(200) || true"})
        things.find_one({})

    assert spent.database_commands == 2
    assert 0.2 <= spent.database_seconds < 0.6


def test_a_command_that_failed_is_counted_as_well(things: Any) -> None:
    with Account(slow_seconds=1) as spent, pytest.raises(OperationFailure):
        things.find_one({"$nonsense": 1})

    assert spent.database_commands == 1


def test_reading_writes_nothing(things: Any) -> None:
    with Account(slow_seconds=1) as spent:
        things.find_one({})
        list(things.aggregate([{"$match": {}}]))

    assert spent.outcome() == Outcome.NONE


@pytest.mark.parametrize(
    "write",
    [
        lambda things: things.insert_one({}),
        lambda things: things.update_one({}, {"$set": {"a": 1}}),
        lambda things: things.delete_one({}),
        lambda things: things.find_one_and_update({}, {"$set": {"a": 1}}),
    ],
)
def test_a_write_by_itself_is_a_commit(things: Any, write: Any) -> None:
    with Account(slow_seconds=1) as spent:
        write(things)

    assert spent.outcome() == Outcome.UNKNOWN


def test_a_transaction_that_was_never_committed_is_rolled_back(things: Any) -> None:
    def work() -> None:
        things.insert_one({})
        raise KeyError

    with Account(slow_seconds=1) as spent:
        with pytest.raises(KeyError):
            transaction.run(work)
        assert spent.outcome() == Outcome.ROLLED_BACK

        transaction.run(lambda: things.insert_one({}))
        assert spent.outcome() == Outcome.UNKNOWN


def test_each_command_is_told_with_its_collection_and_what_went_wrong(things: Any) -> None:
    things.insert_many([{"list": 1, "slug": f"test-told-{number}"} for number in range(3)])
    with hearing(calls.MONGODB) as heard:
        list(things.find({"list": 1}, batch_size=2))
        things.database.client.admin.command("ping")
        with pytest.raises(OperationFailure):
            things.find_one({"$nonsense": 1})

    told = [(call.operation, call.target, call.error) for call in heard]
    assert told[:3] == [("find", "companies", ""), ("getMore", "companies", ""), ("ping", "", "")]
    assert told[3:] == [("find", "companies", "BadValue")]
