from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId, decode_all
from pymongo import DeleteOne, InsertOne, ReturnDocument, UpdateOne
from pymongo.write_concern import WriteConcern

from novapulse.tenancy.collection import ScopedCollection
from novapulse.tenancy.scope import ScopeMissing, ScopeViolation, across_tenants
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO, bravos

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.tenancy.scope import Scope
    from tests.novapulse.tenancy.probes.world import World

    Tasks = Any

STAMP = {"company_id": ALPHA.company_id, "location": "DE"}

# Every method that a company may use, called the way it is meant; each must work, and without a company must not.
CALLS: dict[str, Callable[[Tasks], Any]] = {
    "find": lambda tasks: [task["_id"] for task in tasks.find({}, {"title": 1}, sort=[("n", 1)], limit=5)],
    "find_one": lambda tasks: tasks.find_one(ALPHA.task_id)["_id"],
    "find_raw_batches": lambda tasks: len(decode_all(next(tasks.find_raw_batches({"kin": "same"})))),
    "aggregate": lambda tasks: list(tasks.aggregate([{"$count": "n"}], allowDiskUse=True, comment="c")),
    "aggregate_raw_batches": lambda tasks: len(decode_all(next(tasks.aggregate_raw_batches([])))),
    "count_documents": lambda tasks: tasks.count_documents({"kin": "same"}, limit=9),
    "estimated_document_count": lambda tasks: tasks.estimated_document_count(maxTimeMS=1000),
    "distinct": lambda tasks: tasks.distinct("title"),
    "insert_one": lambda tasks: tasks.insert_one({"_id": 1}).inserted_id,
    "insert_many": lambda tasks: tasks.insert_many(({"_id": n} for n in (1, 2)), ordered=False).inserted_ids,
    "update_one": lambda tasks: tasks.update_one({}, {"$set": {"n": 2}}).modified_count,
    "update_many": lambda tasks: tasks.update_many({"n": 1}, [{"$set": {"n": 2}}], comment="c").modified_count,
    "replace_one": lambda tasks: tasks.replace_one({"n": 1}, {"n": 2}).modified_count,
    "delete_one": lambda tasks: tasks.delete_one({}).deleted_count,
    "delete_many": lambda tasks: tasks.delete_many({}).deleted_count,
    "find_one_and_update": lambda tasks: tasks.find_one_and_update({}, {"$inc": {"n": 1}})["n"],
    "find_one_and_replace": lambda tasks: tasks.find_one_and_replace({}, {"n": 3}, sort=[("n", 1)])["n"],
    "find_one_and_delete": lambda tasks: tasks.find_one_and_delete({}, projection=["n"])["n"],
    "bulk_write": lambda tasks: tasks.bulk_write([InsertOne({}), UpdateOne({}, {"$set": {"n": 2}})]).inserted_count,
}
ANSWERS = {
    "find": [ALPHA.task_id],
    "find_one": ALPHA.task_id,
    "aggregate": [{"n": 1}],
    "distinct": ["plan alpha"],
    "insert_many": [1, 2],
}


@pytest.mark.parametrize("name", CALLS)
def test_a_method_works_on_the_company_s_own_data_and_leaves_the_other_s_alone(
    name: str, settled: World, alpha: Scope
) -> None:
    before = bravos(settled)

    assert CALLS[name](settled.tasks) == ANSWERS.get(name, 1)
    assert bravos(settled) == before


@pytest.mark.parametrize("name", CALLS)
def test_a_method_raises_when_no_company_is_bound(name: str, settled: World) -> None:
    before = bravos(settled)

    with pytest.raises(ScopeMissing):
        CALLS[name](settled.tasks)
    assert bravos(settled) == before


def test_inserted_documents_carry_company_and_location(settled: World, alpha: Scope) -> None:
    settled.tasks.insert_one({"_id": 1})
    settled.tasks.bulk_write([InsertOne({"_id": 2})])
    settled.tasks.update_one({"_id": 3}, {"$set": {"n": 1}}, upsert=True)
    settled.tasks.replace_one({"_id": 4}, {}, upsert=True)
    settled.tasks.find_one_and_update({"_id": 5}, {"$set": {"n": 1}}, upsert=True)

    stored = list(settled.plain[settled.name]["tasks"].find({"_id": {"$in": [1, 2, 3, 4, 5]}}))
    assert len(stored) == 5
    assert all(document.items() >= STAMP.items() for document in stored)


def test_the_scope_leads_the_index_s_prefix(settled: World, alpha: Scope) -> None:
    with_index = settled.plain[settled.name]["tasks"]
    with_index.create_index([("location", 1), ("company_id", 1), ("kin", 1)], name="scoped")
    plan = settled.tasks.find({"kin": "same"}).explain()["queryPlanner"]["winningPlan"]
    with_index.drop_index("scoped")

    assert plan["inputStage"]["indexName"] == "scoped"


def test_find_one_and_update_returns_the_document_after_the_change(settled: World, alpha: Scope) -> None:
    after = settled.tasks.find_one_and_update({}, {"$inc": {"n": 1}}, return_document=ReturnDocument.AFTER)

    assert after["n"] == 2


@pytest.mark.parametrize("write", ["delete_one", "delete_many"])
def test_a_write_without_a_filter_is_a_type_error_and_no_wipe(write: str, settled: World, alpha: Scope) -> None:
    with pytest.raises(TypeError):
        getattr(settled.tasks, write)(None)


def test_other_options_keep_the_collection_closed(settled: World, alpha: Scope) -> None:
    quick = settled.tasks.with_options(write_concern=WriteConcern(w=1))

    assert isinstance(quick, ScopedCollection)
    assert quick.write_concern.document == {"w": 1}
    assert quick.find_one({"_id": BRAVO.task_id}) is None


@pytest.mark.parametrize(
    "road", [lambda w: w.db["system.views"], lambda w: w.client["admin"]["x"], lambda w: w.db["$cmd"]]
)
def test_the_server_s_own_collections_are_refused(road: Callable[[World], Tasks], settled: World, alpha: Scope) -> None:
    for call in (lambda c: c.find_one({}), lambda c: c.insert_one({}), lambda c: list(c.aggregate([]))):
        with pytest.raises(ScopeViolation):
            call(road(settled))


def test_across_tenants_sees_everybody_and_may_build_indexes(settled: World) -> None:
    with across_tenants("a test of platform work"):
        assert settled.tasks.count_documents({}) == settled.tasks.estimated_document_count() == 2
        assert len(list(settled.tasks.aggregate([]))) == len(settled.tasks.distinct("title")) == 2
        assert settled.tasks.update_many({}, {"$set": {"seen": 1}}).modified_count == 2
        assert settled.tasks.create_index("n", name="by_n") == "by_n"
        settled.tasks.drop_index("by_n")


def test_across_tenants_a_document_without_its_company_is_refused(settled: World) -> None:
    with across_tenants("a test of platform work"):
        for write in (lambda: settled.tasks.insert_one({}), lambda: settled.tasks.bulk_write([InsertOne({})])):
            with pytest.raises(ScopeViolation):
                write()
        settled.tasks.insert_one({"_id": 1, "company_id": ObjectId(), "location": "DE"})
        assert settled.tasks.bulk_write([DeleteOne({"_id": 1})]).deleted_count == 1


def test_indexes_may_be_looked_at(settled: World, alpha: Scope) -> None:
    assert "title_text" in settled.tasks.index_information()
    assert len(list(settled.tasks.list_indexes())) == 3
