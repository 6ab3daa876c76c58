"""The guard is shown commands as a plain client would send them: it must count each that does not name its company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from pymongo import DeleteMany, InsertOne, MongoClient, ReplaceOne, UpdateOne
from pymongo.errors import PyMongoError

from novapulse.tenancy import guard
from novapulse.tenancy.scope import across_tenants, company
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO, PLATFORM, World, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

OWN = {"location": "DE", "company_id": ALPHA.company_id}
FOREIGN = {"location": "FR", "company_id": BRAVO.company_id}
MARK = {"$set": {"n": 1}}
UNION = {"coll": "tasks", "pipeline": [{"$match": OWN}]}

FAULTS: dict[str, Callable[[Any], Any]] = {
    "find": lambda db: db.tasks.find_one({}),
    "find of another": lambda db: db.tasks.find_one(FOREIGN),
    "find of the location only": lambda db: db.tasks.find_one({"location": "DE"}),
    "explain": lambda db: db.tasks.find({}).explain(),
    "count": lambda db: db.tasks.estimated_document_count(),
    "distinct": lambda db: db.tasks.distinct("n"),
    "aggregate": lambda db: db.tasks.aggregate([]),
    "aggregate late": lambda db: db.tasks.aggregate([{"$sort": {"n": 1}}, {"$match": OWN}]),
    "$lookup": lambda db: db.tasks.aggregate(
        [{"$match": OWN}, {"$lookup": {"from": "owners", "pipeline": [], "as": "x"}}]
    ),
    "$unionWith": lambda db: db.tasks.aggregate([{"$match": OWN}, {"$unionWith": "owners"}]),
    "$facet": lambda db: db.tasks.aggregate([{"$match": OWN}, {"$facet": {"f": [{"$unionWith": "owners"}]}}]),
    "$out": lambda db: db.tasks.aggregate([{"$match": OWN}, {"$out": "spilt"}]),
    "platform $unionWith": lambda db: db.identities.aggregate([{"$unionWith": "tasks"}]),
    "database aggregate": lambda db: db.aggregate([{"$documents": [{}]}]),
    "insert": lambda db: db.tasks.insert_one({}),
    "insert of another": lambda db: db.tasks.insert_many([dict(OWN), dict(FOREIGN)]),
    "update": lambda db: db.tasks.update_one({}, MARK),
    "replace": lambda db: db.tasks.replace_one(OWN, {"n": 1}),
    "delete": lambda db: db.tasks.delete_many({}),
    "findAndModify": lambda db: db.tasks.find_one_and_update({}, MARK),
    "findAndModify as replace": lambda db: db.tasks.find_one_and_replace(OWN, {"n": 1}),
    "bulk": lambda db: db.tasks.bulk_write([InsertOne({**OWN}), UpdateOne({}, MARK)]),
    "bulk replace": lambda db: db.tasks.bulk_write([ReplaceOne(OWN, {})]),
    "bulk delete": lambda db: db.tasks.bulk_write([DeleteMany(FOREIGN)]),
    "listCollections": lambda db: db.list_collection_names(),
    "dbStats": lambda db: db.command("dbStats"),
    "drop": lambda db: db.drop_collection("spilt"),
}
FAIR: dict[str, Callable[[Any], Any]] = {
    "find": lambda db: list(db.tasks.find(OWN, batch_size=1)),
    "explain": lambda db: db.tasks.find(OWN).explain(),
    "count": lambda db: db.tasks.count_documents(OWN),
    "distinct": lambda db: db.tasks.distinct("n", OWN),
    "aggregate": lambda db: db.tasks.aggregate([{"$match": {**OWN, "n": 1}}, {"$facet": {"f": [{"$count": "n"}]}}]),
    "$unionWith": lambda db: db.tasks.aggregate([{"$match": OWN}, {"$unionWith": UNION}]),
    "insert": lambda db: db.tasks.insert_many([dict(OWN), dict(OWN)]),
    "update": lambda db: db.tasks.update_one(OWN, MARK),
    "replace": lambda db: db.tasks.replace_one(OWN, dict(OWN)),
    "findAndModify": lambda db: db.tasks.find_one_and_update(OWN, MARK),
    "bulk": lambda db: db.tasks.bulk_write([InsertOne({**OWN}), UpdateOne(OWN, MARK), DeleteMany(OWN)]),
    "platform": lambda db: (
        db.identities.find_one({}),
        db.identities.insert_one({}),
        list(db.identities.aggregate([])),
    ),
    "ping": lambda db: db.command("ping"),
}


@pytest.fixture
def watched(open_world: World, mongo_uri: str) -> Iterator[Database[dict[str, Any]]]:
    """Give the database through a plain client that the guard listens to."""
    settle(open_world, tenants=(ALPHA, BRAVO))
    guard.reset()
    with MongoClient[dict[str, Any]](mongo_uri, event_listeners=[guard.TenancyGuard(PLATFORM)]) as client:
        yield client[open_world.name]
    guard.reset()


@pytest.mark.parametrize("name", FAULTS)
def test_a_command_that_does_not_name_its_company_is_counted(name: str, watched: Database[dict[str, Any]]) -> None:
    with company(ALPHA.company_id, location="DE"):
        _quietly(FAULTS[name], watched)

    assert guard.violations() == 1, guard.latest()


@pytest.mark.parametrize("name", FAIR)
def test_a_command_that_names_its_company_is_not_counted(name: str, watched: Database[dict[str, Any]]) -> None:
    with company(ALPHA.company_id, location="DE"):
        FAIR[name](watched)

    assert guard.violations() == 0, guard.latest()


def test_a_command_without_any_company_bound_is_counted(watched: Database[dict[str, Any]]) -> None:
    watched.tasks.find_one(OWN)

    assert guard.latest() == (guard.Violation("find", f"{watched.name}.tasks", "no company is bound"),)


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_counted_across_tenants(name: str, watched: Database[dict[str, Any]]) -> None:
    with across_tenants("a test of platform work"):
        _quietly(FAULTS[name], watched)

    assert guard.violations() == 0


def test_a_violation_is_logged(watched: Database[dict[str, Any]], caplog: pytest.LogCaptureFixture) -> None:
    watched.tasks.find_one({})

    assert [record.message for record in caplog.records if record.name == guard.__name__] == ["tenancy.violation"]


def test_reset_forgets(watched: Database[dict[str, Any]]) -> None:
    watched.tasks.find_one({"_id": ObjectId()})
    guard.reset()

    assert (guard.violations(), guard.latest()) == (0, ())


def _quietly(act: Callable[[Any], Any], database: Database[dict[str, Any]]) -> None:
    """Do something of which only the command matters, not how it ends."""
    try:
        act(database)
    except PyMongoError:
        return
