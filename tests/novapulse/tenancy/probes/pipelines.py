"""Probes that read Bravo's data through aggregation pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.novapulse.tenancy.probes.run import Probe
from tests.novapulse.tenancy.probes.world import BRAVO

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.novapulse.tenancy.probes.world import World

Stage = dict[str, Any]

_B = BRAVO.company_id
_JOIN: Stage = {"$lookup": {"from": "tasks", "localField": "kin", "foreignField": "kin", "as": "x"}}
_JOIN_ALL: Stage = {"$lookup": {"from": "tasks", "pipeline": [], "as": "x"}}
_UNION: Stage = {"$unionWith": "tasks"}
_GRAPH: Stage = {
    "$graphLookup": {
        "from": "owners",
        "startWith": "$kin",
        "connectFromField": "kin",
        "connectToField": "kin",
        "as": "x",
    },
}


def _over_tasks(*stages: Stage) -> Callable[[World], Any]:
    return lambda world: world.tasks.aggregate(list(stages))


def _over_owners(*stages: Stage) -> Callable[[World], Any]:
    return lambda world: world.db["owners"].aggregate(list(stages))


def _over_identities(*stages: Stage) -> Callable[[World], Any]:
    return lambda world: world.identities.aggregate(list(stages))


def _lookup(*stages: Stage, **extra: Any) -> Stage:
    return {"$lookup": {"from": "owners", "pipeline": list(stages), "as": "y", **extra}}


def _near(world: World) -> Any:
    near = {"near": {"type": "Point", "coordinates": [1, 1]}, "distanceField": "d", "key": "place"}
    return world.tasks.aggregate([{"$geoNear": near}])


def _function(world: World) -> Any:
    function = {"body": "function(x) { return x }", "args": ["$title"], "lang": "js"}
    return world.tasks.aggregate([{"$addFields": {"x": {"$function": function}}}])


def _accumulator(world: World) -> Any:
    accumulator = {
        "init": "function() { return [] }",
        "accumulate": "function(s, x) { return s.concat(x) }",
        "accumulateArgs": ["$title"],
        "merge": "function(a, b) { return a.concat(b) }",
        "lang": "js",
    }
    return world.tasks.aggregate([{"$group": {"_id": None, "all": {"$accumulator": accumulator}}}])


def _changes(world: World) -> Any:
    cursor = world.tasks.aggregate([{"$changeStream": {"fullDocument": "updateLookup"}}])
    world.bravo_works()
    return [change.get("fullDocument") for change in iter(cursor.try_next, None)]


def _documents(world: World) -> Any:
    return world.db.aggregate([{"$documents": [{"kin": "same"}]}, _JOIN])


def _documents_in_lookup(world: World) -> Any:
    inner = {"pipeline": [{"$documents": [{}]}, _JOIN_ALL], "as": "y"}
    return world.tasks.aggregate([{"$match": {"n": 1}}, {"$lookup": inner}])


PLAIN = (
    Probe("aggregate([])", _over_tasks()),
    Probe("aggregate $match company", _over_tasks({"$match": {"company_id": _B}})),
    Probe("aggregate $match $or", _over_tasks({"$match": {"$or": [{"company_id": _B}, {"kin": "same"}]}})),
    Probe("aggregate $match late", _over_tasks({"$sort": {"n": 1}}, {"$match": {"company_id": _B}})),
    Probe("aggregate $match $text", _over_tasks({"$match": {"$text": {"$search": "plan"}}})),
    Probe("aggregate $set company first", _over_tasks({"$set": {"company_id": _B}})),
    Probe("aggregate $group $sum", _over_tasks({"$group": {"_id": None, "all": {"$sum": "$n"}}})),
    Probe("aggregate $sample", _over_tasks({"$sample": {"size": 10}}, {"$sort": {"_id": 1}})),
    Probe("aggregate $count", _over_tasks({"$count": "n"})),
    Probe("aggregate $sortByCount", _over_tasks({"$sortByCount": "$kin"})),
    Probe("aggregate $bucketAuto", _over_tasks({"$bucketAuto": {"groupBy": "$n", "buckets": 2}})),
    Probe("aggregate $geoNear", _near),
    Probe("aggregate $facet", _over_tasks({"$facet": {"x": [{"$match": {"company_id": _B}}]}})),
    Probe("aggregate $function", _function),
    Probe("aggregate $accumulator", _accumulator),
    Probe("aggregate $collStats", _over_tasks({"$collStats": {"count": {}}}, {"$project": {"count": 1}})),
    Probe("aggregate $changeStream", _changes),
    Probe("aggregate_raw_batches", lambda w: w.tasks.aggregate_raw_batches([])),
    Probe("aggregate(pipeline=)", lambda w: w.tasks.aggregate(pipeline=[{"$match": {"company_id": _B}}])),
)
JOINS = (
    Probe("$lookup by fields", _over_owners(_JOIN)),
    Probe("$lookup by pipeline", _over_owners(_JOIN_ALL)),
    Probe("$lookup of itself", _over_tasks({"$match": {"n": 1}}, _JOIN)),
    Probe(
        "$lookup by fields and pipeline",
        _over_tasks({"$match": {"n": 1}}, _lookup(localField="kin", foreignField="kin")),
    ),
    Probe(
        "$lookup with let and $expr", _over_tasks(_lookup({"$match": {"$expr": {"$ne": ["$$c", 1]}}}, let={"c": "$n"}))
    ),
    Probe("$lookup in $lookup", _over_tasks({"$match": {"n": 1}}, _lookup(_JOIN_ALL))),
    Probe("$lookup in $lookup in $lookup", _over_tasks({"$match": {"n": 1}}, _lookup(_lookup(_JOIN)))),
    Probe("$lookup in $facet", _over_tasks({"$match": {"n": 1}}, {"$facet": {"f": [_JOIN_ALL]}})),
    Probe("$lookup of a view", _over_owners({"$lookup": {"from": "tasks_view", "pipeline": [], "as": "x"}})),
    Probe("$lookup over made-up documents", _documents),
    Probe("$lookup over $documents inside", _documents_in_lookup),
    Probe("$unionWith name", _over_owners(_UNION)),
    Probe("$unionWith collection", _over_owners({"$unionWith": {"coll": "tasks"}})),
    Probe(
        "$unionWith pipeline",
        _over_owners({"$unionWith": {"coll": "tasks", "pipeline": [{"$match": {"company_id": _B}}]}}),
    ),
    Probe("$unionWith in $lookup", _over_tasks({"$match": {"n": 1}}, _lookup(_UNION))),
    Probe("$lookup in $unionWith", _over_tasks({"$unionWith": {"coll": "owners", "pipeline": [_JOIN_ALL]}})),
    Probe("$unionWith in $facet", _over_tasks({"$match": {"n": 1}}, {"$facet": {"f": [_UNION]}})),
    Probe("$graphLookup", _over_tasks({"$match": {"n": 1}}, _GRAPH)),
    Probe("$graphLookup in $lookup", _over_tasks({"$match": {"n": 1}}, _lookup(_GRAPH))),
    Probe("platform $lookup tasks", _over_identities(_JOIN_ALL)),
    Probe("platform $unionWith tasks", _over_identities(_UNION)),
    Probe("platform $graphLookup tasks", _over_identities({"$set": {"kin": "same"}}, _GRAPH)),
    Probe("platform $facet $lookup tasks", _over_identities({"$facet": {"f": [_JOIN_ALL]}})),
    Probe("platform $lookup platform $lookup tasks", _over_identities(_lookup(_JOIN_ALL, **{"from": "identities"}))),
)
PROBES = (*PLAIN, *JOINS)
