"""A plan is told by stages and indexes, and is asked of the very command that was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from pymongo import ASCENDING
from pymongo.database import Database

from novapulse.data import plans
from novapulse.data.plans import Planner

if TYPE_CHECKING:
    from collections.abc import Iterator

Plain = Database[dict[str, Any]]


@pytest.fixture
def planner(mongo_uri: str) -> Iterator[Planner]:
    planner = Planner(mongo_uri, application="tests")
    yield planner
    planner.close()


@pytest.fixture
def fish(plain_database: Plain) -> Iterator[str]:
    collection = plain_database["fish"]
    collection.create_index([("kind", ASCENDING), ("weight", ASCENDING)], name="by_kind")
    collection.insert_many([{"kind": "swordfish", "weight": weight} for weight in range(10)])
    yield "fish"
    collection.drop()


def test_a_find_is_told_from_what_it_gives_to_where_it_looks(
    planner: Planner, fish: str, plain_database: Plain
) -> None:
    command = {"find": fish, "filter": {"kind": "swordfish"}, "limit": 3, "lsid": {"id": 1}, "$db": "x"}
    asked = plans.question(command)
    assert asked == {"find": fish, "filter": {"kind": "swordfish"}, "limit": 3}
    plan = planner.plan(asked, database=plain_database.name)

    assert plan.startswith("LIMIT < ")
    assert plan.endswith("IXSCAN(by_kind)")
    assert "swordfish" not in plan


def test_an_aggregation_a_count_and_a_scan_of_everything_are_told_as_well(
    planner: Planner, fish: str, plain_database: Plain
) -> None:
    def plan_of(command: dict[str, Any]) -> str:
        return planner.plan(plans.question(command) or {}, database=plain_database.name)

    group = {"$group": {"_id": "$kind", "sum": {"$sum": "$weight"}, "all": {"$push": {"$toString": "$weight"}}}}
    facet = {"$facet": {"one": [{"$count": "n"}]}}
    match = {"$match": {"kind": "swordfish"}}
    assert "IXSCAN(by_kind)" in plan_of({"aggregate": fish, "pipeline": [match, group, facet], "cursor": {}})
    assert plan_of({"aggregate": fish, "pipeline": [match, facet], "cursor": {}}).startswith("$facet < ")
    assert "by_kind" in plan_of({"count": fish, "query": {"kind": "swordfish"}})
    assert plan_of({"find": fish, "filter": {"other": 1}}) == "COLLSCAN"


def test_what_has_no_plan_of_reading_is_not_asked_about() -> None:
    assert plans.question({"insert": "fish", "documents": [{"_id": ObjectId()}]}) is None
    assert plans.question({"getMore": 1, "collection": "fish"}) is None
