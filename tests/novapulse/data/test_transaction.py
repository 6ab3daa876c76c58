from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

import pymongo
import pytest
from mongoengine import Document, IntField, NotUniqueError
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError, PyMongoError

from novapulse.data import transaction
from novapulse.tenancy.client import ScopedMongoClient
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.collection import Collection

    Counters = Collection[dict[str, Any]]


class TransactedCounter(Document):
    """A counter through MongoEngine."""

    database: ClassVar[Callable[[], Any]]
    n = IntField(default=0)
    key = IntField(primary_key=True)
    meta = {"collection": "transacted", "auto_create_index": False}

    @classmethod
    def _get_collection(cls) -> Any:
        return cls.database()["transacted"]


@pytest.fixture
def client(mongo_uri: str, mongo_database: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """Give a client whose default database holds one counter."""
    platform = frozenset({"transacted"})
    with ScopedMongoClient[Any](mongo_uri, w="majority", journal=True, platform_collections=platform) as client:
        database = client[mongo_database]
        TransactedCounter.database = lambda: database
        database["transacted"].delete_many({})
        database["transacted"].insert_one({"_id": 1, "n": 0})
        yield client
        database["transacted"].delete_many({})


@pytest.fixture
def counters(client: MongoClient[dict[str, Any]], mongo_database: str) -> Counters:
    """Give the counters' collection."""
    return client[mongo_database]["transacted"]


def test_it_tells_whether_it_is_under_way(client: MongoClient[Any]) -> None:
    assert transaction.run(transaction.is_under_way, client=client)
    assert not transaction.is_under_way()


def test_raw_and_mapped_writes_are_committed_together(client: MongoClient[Any], counters: Counters) -> None:
    def work() -> str:
        counters.insert_one({"_id": 2, "n": 0})
        TransactedCounter(key=3).save()
        return "done"

    assert transaction.run(work, client=client) == "done"
    assert counters.count_documents({}) == 3


def test_raw_and_mapped_writes_are_rolled_back_together(client: MongoClient[Any], counters: Counters) -> None:
    def work() -> None:
        counters.insert_one({"_id": 2, "n": 0})
        TransactedCounter(key=3).save()
        TransactedCounter.objects(key=1).update(inc__n=1)
        assert counters.count_documents({}) == TransactedCounter.objects(n__gte=0).count() == 3
        raise LookupError

    with pytest.raises(LookupError):
        transaction.run(work, client=client)
    assert list(counters.find()) == [{"_id": 1, "n": 0}]


def test_a_nested_run_joins_the_outer_one(client: MongoClient[Any], counters: Counters) -> None:
    def outer() -> None:
        transaction.run(lambda: counters.insert_one({"_id": 2}), client=client)
        raise LookupError

    with pytest.raises(LookupError):
        transaction.run(outer, client=client)
    assert counters.count_documents({}) == 1


def test_a_run_of_another_client_inside_is_refused(client: MongoClient[Any], mongo_uri: str) -> None:
    with MongoClient[Any](mongo_uri) as other, pytest.raises(RuntimeError, match="another client"):
        transaction.run(lambda: transaction.run(lambda: None, client=other), client=client)


def test_the_next_run_starts_afresh_after_a_failed_one(client: MongoClient[Any], counters: Counters) -> None:
    with pytest.raises(ZeroDivisionError):
        transaction.run(lambda: 1 // 0, client=client)
    transaction.run(lambda: counters.insert_one({"_id": 2}), client=client)

    assert counters.count_documents({}) == 2


def test_other_threads_do_not_see_what_is_not_committed(client: MongoClient[Any], counters: Counters) -> None:
    seen: list[int] = []

    def work() -> None:
        counters.insert_one({"_id": 2})
        thread = threading.Thread(target=lambda: seen.append(counters.count_documents({})))
        thread.start()
        thread.join()

    transaction.run(work, client=client)

    assert seen == [1]


@pytest.mark.parametrize("by", ["driver", "mapper"])
def test_concurrent_increments_lose_nothing(by: str, client: MongoClient[Any], counters: Counters) -> None:
    """Read, then write what was read plus one: only isolation and another try after a conflict make that right."""

    def increment() -> None:
        before = counters.find_one({"_id": 1}) or {}
        if by == "driver":
            counters.update_one({"_id": 1}, {"$set": {"n": before["n"] + 1}})
        else:
            TransactedCounter.objects(key=1).update(set__n=before["n"] + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: transaction.run(increment, client=client), range(40)))

    assert counters.find_one({"_id": 1}) == {"_id": 1, "n": 40}


def test_a_duplicate_key_comes_through_as_what_it_is(client: MongoClient[Any], counters: Counters) -> None:
    with pytest.raises(DuplicateKeyError):
        transaction.run(lambda: counters.insert_many([{"_id": 2}]) and counters.insert_one({"_id": 1}), client=client)
    with pytest.raises(NotUniqueError):
        transaction.run(lambda: TransactedCounter(key=1).save(force_insert=True), client=client)
    assert counters.count_documents({}) == 1


def test_a_lasting_conflict_ends_when_the_time_is_over(client: MongoClient[Any], counters: Counters) -> None:
    with client.start_session() as session, session.start_transaction():
        counters.update_one({"_id": 1}, {"$set": {"n": 5}}, session=session)
        began = time.monotonic()
        with pytest.raises(PyMongoError) as raised:
            transaction.run(lambda: counters.update_one({"_id": 1}, {"$inc": {"n": 1}}), max_seconds=0.6, client=client)
        took = time.monotonic() - began

    assert raised.value.timeout
    assert 0.3 < took < 5


def test_a_shorter_deadline_around_it_counts(client: MongoClient[Any], counters: Counters) -> None:
    with client.start_session() as session, session.start_transaction():
        counters.update_one({"_id": 1}, {"$set": {"n": 5}}, session=session)
        began = time.monotonic()
        with pytest.raises(PyMongoError), pymongo.timeout(0.3):
            transaction.run(lambda: counters.update_one({"_id": 1}, {"$inc": {"n": 1}}), client=client)

    assert time.monotonic() - began < 5  # by itself it would take ten


def test_an_unknown_result_of_a_commit_is_asked_for_again(client: MongoClient[Any], counters: Counters) -> None:
    fail = {"failCommands": ["commitTransaction"], "errorCode": 8, "errorLabels": ["UnknownTransactionCommitResult"]}
    try:
        _fail(client, mode={"times": 2}, data=fail)
        transaction.run(lambda: counters.insert_one({"_id": 2}), client=client)
    finally:
        _fail(client, mode="off")

    assert counters.count_documents({}) == 2


def test_a_transaction_whose_time_is_over_leaves_no_lock_behind(
    client: MongoClient[Any], counters: Counters, mongo_uri: str, mongo_database: str
) -> None:
    def work() -> None:
        counters.update_one({"_id": 1}, {"$set": {"n": 5}})
        time.sleep(0.4)
        counters.find_one({"_id": 1})

    with pytest.raises(PyMongoError) as raised:
        transaction.run(work, client=client, max_seconds=0.3)
    with MongoClient[Any](mongo_uri) as other, pymongo.timeout(2):
        other[mongo_database]["transacted"].update_one({"_id": 1}, {"$set": {"n": 7}})

    assert raised.value.timeout
    assert counters.find_one({"_id": 1}) == {"_id": 1, "n": 7}


def test_what_waits_for_the_commit_happens_after_it_and_once(client: MongoClient[Any], counters: Counters) -> None:
    seen: list[int] = []

    def work() -> None:
        counters.insert_one({"_id": 2})
        transaction.on_commit(lambda: seen.append(counters.count_documents({})))
        assert seen == []

    transaction.run(lambda: transaction.run(work, client=client), client=client)

    assert seen == [2]


def test_what_waits_for_the_commit_does_not_happen_after_a_roll_back(client: MongoClient[Any]) -> None:
    seen: list[str] = []

    def work() -> None:
        transaction.on_commit(lambda: seen.append("rolled back"))
        raise LookupError

    with pytest.raises(LookupError):
        transaction.run(work, client=client)
    transaction.run(lambda: transaction.on_commit(lambda: seen.append("committed")), client=client)

    assert seen == ["committed"]


def test_an_attempt_that_is_tried_again_leaves_nothing_waiting(client: MongoClient[Any], counters: Counters) -> None:
    seen, tries = [], []

    def work() -> None:
        tries.append(1)
        transaction.on_commit(lambda: seen.append(len(tries)))
        counters.update_one({"_id": 1}, {"$inc": {"n": 1}})

    fail = {"failCommands": ["update"], "errorCode": 112, "errorLabels": ["TransientTransactionError"]}
    try:
        _fail(client, mode={"times": 1}, data=fail)
        transaction.run(work, client=client)
    finally:
        _fail(client, mode="off")

    assert seen == [2]


def test_outside_of_a_transaction_nothing_is_waited_for() -> None:
    seen: list[str] = []
    transaction.on_commit(lambda: seen.append("now"))

    assert seen == ["now"]


def _fail(client: MongoClient[Any], **failure: Any) -> None:
    with across_tenants("fault injection"):
        client.admin.command("configureFailPoint", "failCommand", **failure)
