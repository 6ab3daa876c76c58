"""Transactions that are given up while the way to MongoDB is slow or broken: no writer meets their locks for long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from novapulse.data import abandoned, transaction
from novapulse.errors import Trouble, Unavailable
from novapulse.resilience import deadline
from novapulse.tenancy.client import ScopedMongoClient
from tests.faults import refusing_port, seconds_of
from tests.faults.proxy import Proxy, proxied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.collection import Collection

    Notes = Collection[dict[str, Any]]

_NAME = "abandoned_notes"
_ANSWER_SECONDS = 2.0
_SLACK_SECONDS = 1.0
_SOON_SECONDS = 30.0  # the server's own limit is 60


@pytest.fixture
def wire(mongo_uri: str) -> Iterator[Proxy]:
    """Give the way to MongoDB."""
    with proxied(urlsplit(mongo_uri).port or 0) as proxy:
        yield proxy


@pytest.fixture
def far(wire: Proxy, mongo_uri: str, mongo_database: str) -> Iterator[Notes]:
    """Give the collection as it is seen at the other end of the wire, with a few connections already there."""
    url = mongo_uri.replace(f":{urlsplit(mongo_uri).port}/", f":{wire.port}/").replace("replicaSet=rs0", "")
    options: dict[str, Any] = {"directConnection": True, "connectTimeoutMS": 5_000, "minPoolSize": 3}
    with ScopedMongoClient[Any](url, platform_collections=frozenset({_NAME}), **options) as client:
        found = client[mongo_database][_NAME]
        found.find_one()
        yield found
        wire.passes()
        assert abandoned.room.drain(seconds=_SOON_SECONDS)


@pytest.fixture
def near(mongo_uri: str, mongo_database: str) -> Iterator[Notes]:
    """Give the collection without anything in between, with one document."""
    with MongoClient[Any](mongo_uri) as client:
        found = client[mongo_database][_NAME]
        found.replace_one({"_id": 1}, {"n": 0}, upsert=True)
        yield found
        found.drop()


def give_up(far: Notes) -> None:
    """Write in a transaction for which the time is too short; the answer must not wait for the server."""

    def work() -> None:
        far.update_one({"_id": 1}, {"$set": {"n": 1}})
        far.update_one({"_id": 1}, {"$set": {"n": 2}})

    def run() -> None:
        with pytest.raises((PyMongoError, Trouble)), deadline.opened(_ANSWER_SECONDS):
            transaction.run(work, client=far.database.client)

    assert seconds_of(run) < _ANSWER_SECONDS + _SLACK_SECONDS


def write(near: Notes) -> None:
    """Write as another process does, which waits for nobody's locks: it tries again and again."""
    ends_at = time.monotonic() + _SOON_SECONDS
    while True:
        try:
            with near.database.client.start_session() as session, session.start_transaction():
                near.update_one({"_id": 1}, {"$set": {"n": 7}}, session=session)
        except OperationFailure:
            assert time.monotonic() < ends_at, "the document is still locked"
            time.sleep(0.1)
        else:
            return


def test_what_is_given_up_over_a_slow_wire_lets_others_write_soon(wire: Proxy, near: Notes, far: Notes) -> None:
    wire.slows(1_500)
    give_up(far)
    write(near)

    assert near.find_one() == {"_id": 1, "n": 7}


def test_what_reaches_the_server_after_it_was_given_up_lets_others_write_soon(
    wire: Proxy, near: Notes, far: Notes
) -> None:
    wire.swallows()
    give_up(far)
    wire.passes()
    time.sleep(0.5)  # what was on its way arrives now
    write(near)

    assert abandoned.room.drain(seconds=_SOON_SECONDS)
    assert near.find_one() == {"_id": 1, "n": 7}


def test_what_has_never_reached_the_server_leaves_nothing_to_be_done() -> None:
    nowhere = f"mongodb://127.0.0.1:{refusing_port()}/"
    with ScopedMongoClient[Any](nowhere, platform_collections=frozenset({_NAME}), serverSelectionTimeoutMS=300) as away:
        with pytest.raises(Unavailable):
            transaction.run(lambda: away["novapulse"][_NAME].insert_one({}), client=away)

        assert abandoned.room.drain(seconds=0)
