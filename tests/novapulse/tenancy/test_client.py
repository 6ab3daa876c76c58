from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import DeleteMany, InsertOne, MongoClient, UpdateMany
from pymongo.errors import InvalidOperation

from novapulse.tenancy.client import ScopedMongoClient
from novapulse.tenancy.database import ScopedDatabase
from novapulse.tenancy.scope import ScopeMissing, ScopeViolation
from tests.novapulse.tenancy.probes.world import ALPHA, PLATFORM

if TYPE_CHECKING:
    from novapulse.tenancy.scope import Scope
    from tests.novapulse.tenancy.probes.world import World


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Catch what a bulk write hands to PyMongo: the server of these tests is too old to take it."""
    caught: list[Any] = []
    monkeypatch.setattr(MongoClient, "bulk_write", lambda _self, models, *_args, **_kwargs: caught.extend(models))
    return caught


def test_every_road_to_a_database_ends_at_a_closed_one(world: World) -> None:
    client = world.client
    roads = [client["x"], client.x, client.get_database("x"), client.get_database(), client.get_default_database()]

    assert {type(road) for road in roads} == {ScopedDatabase}


def test_a_client_connects_on_first_use_only() -> None:
    with ScopedMongoClient[Any]("mongodb://127.0.0.1:1", connect=False, platform_collections=PLATFORM) as client:
        assert client["x"]["identities"].name == "identities"


def test_a_bulk_write_scopes_each_operation_by_its_collection(world: World, alpha: Scope, sent: list[Any]) -> None:
    update, foreign = UpdateMany({}, {"$set": {"n": 1}}, namespace="x.tasks"), InsertOne({}, namespace="x.identities")
    world.client.bulk_write([update, foreign, InsertOne({"n": 2}, namespace="x.tasks.archive")])

    narrow = {"location": "DE", "company_id": ALPHA.company_id}
    assert [sent[0]._filter, sent[1]._doc, sent[2]._doc] == [narrow, {}, {**narrow, "n": 2}]


@pytest.mark.parametrize(
    "operation",
    [
        DeleteMany({"company_id": 1}, namespace="x.tasks"),
        InsertOne({"location": "FR"}, namespace="x.tasks"),
        InsertOne({}, namespace="x.system.views"),
        DeleteMany({}, namespace="local.oplog.rs"),
    ],
    ids=repr,
)
def test_a_bulk_write_on_another_company_s_data_raises(
    operation: Any, world: World, alpha: Scope, sent: list[Any]
) -> None:
    with pytest.raises(ScopeViolation):
        world.client.bulk_write([operation])
    assert sent == []


def test_a_bulk_write_raises_when_no_company_is_bound(world: World, sent: list[Any]) -> None:
    with pytest.raises(ScopeMissing):
        world.client.bulk_write([InsertOne({}, namespace="x.tasks")])


def test_a_bulk_write_without_a_collection_is_left_for_pymongo_to_refuse(world: World, alpha: Scope) -> None:
    with pytest.raises(InvalidOperation):
        world.client.bulk_write([InsertOne({})])
