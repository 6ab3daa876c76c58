from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import InsertOne, ReadPreference

from novapulse.tenancy.platform_collection import PlatformCollection
from novapulse.tenancy.scope import ScopeMissing, ScopeViolation, across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.novapulse.tenancy.probes.world import World

CALLS: dict[str, Callable[[Any], Any]] = {
    "find": lambda people: len(list(people.find({"name": "somebody"}))),
    "find_one": lambda people: people.find_one(1)["_id"],
    "find_raw_batches": lambda people: len(list(people.find_raw_batches({}))),
    "aggregate": lambda people: len(list(people.aggregate([{"$unionWith": "identities"}, {"$limit": 1}]))),
    "aggregate_raw_batches": lambda people: len(list(people.aggregate_raw_batches([]))),
    "count_documents": lambda people: people.count_documents({}),
    "estimated_document_count": lambda people: people.estimated_document_count(),
    "distinct": lambda people: len(people.distinct("name", {"_id": 1})),
    "cursor.distinct": lambda people: len(people.find({"_id": 1}).distinct("name")),
    "insert_one": lambda people: people.insert_one({"_id": 1.5}).acknowledged,
    "update_one": lambda people: people.update_one({"_id": 1}, {"$set": {"n": 1}}).modified_count,
    "find_one_and_update": lambda people: people.find_one_and_update({"_id": 1}, {"$set": {"n": 1}})["_id"],
    "find_one_and_replace": lambda people: people.find_one_and_replace({"_id": 1}, {"n": 1})["_id"],
    "find_one_and_delete": lambda people: people.find_one_and_delete({"_id": 1})["_id"],
    "bulk_write": lambda people: people.bulk_write([InsertOne({"n": 1})]).inserted_count,
}


@pytest.mark.parametrize("name", CALLS)
def test_a_platform_collection_works_without_a_company(name: str, settled: World) -> None:
    assert CALLS[name](settled.identities) == 1


def test_it_is_read_from_the_primary_whatever_is_asked_for(world: World) -> None:
    asked = [
        world.identities.with_options(read_preference=ReadPreference.SECONDARY),
        world.db.get_collection("identities", read_preference=ReadPreference.SECONDARY),
    ]

    assert all(each.read_preference == ReadPreference.PRIMARY for each in asked)
    assert {type(each) for each in asked} == {PlatformCollection}


def test_its_documents_are_not_stamped(settled: World) -> None:
    settled.identities.insert_one({"_id": 2})

    assert settled.identities.find_one({"_id": 2}) == {"_id": 2}


def test_a_pipeline_into_tenant_data_raises_when_no_company_is_bound(settled: World) -> None:
    with pytest.raises(ScopeMissing):
        settled.identities.aggregate([{"$lookup": {"from": "tasks", "pipeline": [], "as": "x"}}])


def test_a_pipeline_goes_everywhere_across_tenants(settled: World) -> None:
    with across_tenants("a test of platform work"):
        (found,) = settled.identities.aggregate([{"$lookup": {"from": "tasks", "pipeline": [], "as": "x"}}])
    assert len(found["x"]) == 2


def test_other_options_keep_the_collection_closed(settled: World) -> None:
    assert isinstance(settled.identities.with_options(), PlatformCollection)


def test_structure_is_refused(settled: World) -> None:
    for change in (settled.identities.drop, settled.identities.drop_indexes, settled.identities.options):
        with pytest.raises(ScopeViolation):
            change()
