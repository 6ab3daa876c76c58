from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from novapulse.tenancy.pipeline import Reader, scoped_pipeline
from novapulse.tenancy.scope import Scope, ScopeMissing, ScopeViolation

OWN = ObjectId("6b0000000000000000000001")
NARROW = {"location": "DE", "company_id": OWN}
HEAD = {"$match": NARROW}
TENANT = Reader(Scope(OWN, "DE"), frozenset({"companies"}))
PLATFORM = Reader(Scope(OWN, "DE"), frozenset({"companies"}), reads_platform=True)
NOBODY = Reader(None, frozenset({"companies"}), reads_platform=True)


def test_a_pipeline_starts_with_the_scope() -> None:
    assert scoped_pipeline([{"$count": "n"}], reader=TENANT) == [HEAD, {"$count": "n"}]


def test_a_first_match_is_narrowed_in_place_so_that_text_stays_first() -> None:
    text = {"$text": {"$search": "x"}}

    assert scoped_pipeline([{"$match": text}], reader=TENANT) == [{"$match": {**NARROW, **text}}]


def test_a_first_geo_near_is_narrowed_by_its_query() -> None:
    (stage,) = scoped_pipeline([{"$geoNear": {"near": [1, 1], "query": {"n": 1}}}], reader=TENANT)

    assert stage == {"$geoNear": {"near": [1, 1], "query": {**NARROW, "n": 1}}}


def test_a_lookup_without_a_pipeline_gets_one_that_is_narrow() -> None:
    lookup = {"from": "tasks", "localField": "a", "foreignField": "b", "as": "x"}
    (_, stage) = scoped_pipeline([{"$lookup": lookup}], reader=TENANT)

    assert stage == {"$lookup": {**lookup, "pipeline": [HEAD]}}


def test_a_join_below_three_joins_is_narrow() -> None:
    inner: dict[str, Any] = {"$unionWith": {"coll": "d", "pipeline": [{"$unionWith": "e"}]}}
    outer = {"$facet": {"f": [{"$lookup": {"from": "c", "pipeline": [inner], "as": "x"}}]}}
    (_, facet) = scoped_pipeline([outer], reader=TENANT)

    lookup = facet["$facet"]["f"][0]["$lookup"]["pipeline"]
    union = lookup[1]["$unionWith"]["pipeline"]
    assert lookup[0] == union[0] == union[1]["$unionWith"]["pipeline"][0] == HEAD


def test_a_graph_lookup_is_narrow_at_every_step() -> None:
    graph = {"from": "tasks", "startWith": "$a", "restrictSearchWithMatch": {"n": 1}}
    (_, stage) = scoped_pipeline([{"$graphLookup": graph}], reader=TENANT)

    assert stage["$graphLookup"]["restrictSearchWithMatch"] == {**NARROW, "n": 1}


@pytest.mark.parametrize(
    "stage",
    [
        *("$out", "$merge", "$collStats", "$indexStats", "$currentOp", "$listSessions", "$listLocalSessions"),
        *("$changeStream", "$changeStreamSplitLargeEvent", "$planCacheStats", "$documents", "$search", "$searchMeta"),
        *("$vectorSearch", "$listSearchIndexes", "$rankFusion", "$shardedDataDistribution"),
        *("$unheardOf", "$_internalInhibitOptimization"),
    ],
)
@pytest.mark.parametrize("reader", [TENANT, PLATFORM], ids=["tenant", "platform"])
def test_a_stage_that_is_not_known_as_harmless_raises(stage: str, reader: Reader) -> None:
    for pipeline in (
        [{stage: {}}],
        [{"$facet": {"f": [{stage: {}}]}}],
        [{"$unionWith": {"coll": "t", "pipeline": [{stage: {}}]}}],
    ):
        with pytest.raises(ScopeViolation):
            scoped_pipeline(pipeline, reader=reader)


@pytest.mark.parametrize(
    "stage",
    [
        {"$lookup": {"from": "companies", "localField": "a", "foreignField": "b", "as": "x"}},
        {"$unionWith": "companies"},
        {"$graphLookup": {"from": "companies"}},
        {"$facet": {"f": [{"$unionWith": {"coll": "companies"}}]}},
        {"$lookup": {"from": "system.users", "pipeline": []}},
        {"$lookup": {"from": {"db": "config", "coll": "cache.chunks.x"}, "pipeline": []}},
        {"$lookup": {"pipeline": [{"$documents": []}]}},
        {"$unionWith": {"pipeline": [{"$documents": []}]}},
    ],
    ids=str,
)
def test_tenant_data_joins_nothing_but_tenant_data(stage: dict[str, Any]) -> None:
    with pytest.raises(ScopeViolation):
        scoped_pipeline([stage], reader=TENANT)


def test_platform_data_joins_platform_data_freely() -> None:
    lookup = {"$lookup": {"from": "companies", "localField": "a", "foreignField": "b", "as": "x"}}

    assert scoped_pipeline([lookup], reader=NOBODY) == [lookup]


@pytest.mark.parametrize(
    "stage", [{"$unionWith": "tasks"}, {"$lookup": {"from": "tasks"}}, {"$graphLookup": {"from": "tasks"}}]
)
def test_platform_data_joins_tenant_data_only_with_a_company_bound(stage: dict[str, Any]) -> None:
    scoped_pipeline([stage], reader=PLATFORM)
    with pytest.raises(ScopeMissing):
        scoped_pipeline([stage], reader=NOBODY)


def test_the_caller_s_pipeline_is_left_as_it_was() -> None:
    pipeline: list[dict[str, Any]] = [{"$match": {"n": 1}}, {"$lookup": {"from": "t", "as": "x"}}]
    scoped_pipeline(pipeline, reader=TENANT)

    assert pipeline == [{"$match": {"n": 1}}, {"$lookup": {"from": "t", "as": "x"}}]


@pytest.mark.parametrize("stage", ["$match", {}, {"$match": {}, "$out": "tasks"}])
def test_what_is_no_stage_is_a_type_error(stage: Any) -> None:
    with pytest.raises(TypeError):
        scoped_pipeline([stage], reader=TENANT)
