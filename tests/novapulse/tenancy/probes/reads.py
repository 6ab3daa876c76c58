"""Probes that read Bravo's data through PyMongo, without a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import DBRef
from gridfs import GridFS

from tests.novapulse.tenancy.probes.run import Probe
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO, VIEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.novapulse.tenancy.probes.world import World

_B = BRAVO.company_id
_LOOK = {"kin": "same"}
_PLACE = {"$geometry": {"type": "Point", "coordinates": [1, 1]}}


def _read_under_alpha(make: Callable[[World], Any]) -> Callable[[World], Any]:
    """Read, as Alpha, what another request has made, as Bravo, and not yet read."""
    return lambda world: list(world.as_bravo(lambda: make(world)))


def _watch(open_stream: Callable[[World], Any]) -> Callable[[World], Any]:
    def act(world: World) -> Any:
        with open_stream(world) as stream:
            world.bravo_works()
            return [change.get("fullDocument") for change in iter(stream.try_next, None)]

    return act


def _examined(world: World) -> Any:
    return world.tasks.find(_LOOK).explain()["executionStats"]["nReturned"]


def _command_explain(world: World) -> Any:
    find = {"find": "tasks", "filter": _LOOK}
    return world.db.command("explain", find, verbosity="executionStats")["executionStats"]["nReturned"]


FILTERS = (
    Probe("find()", lambda w: w.tasks.find()),
    Probe("find({})", lambda w: w.tasks.find({})),
    Probe("find(_id of Bravo)", lambda w: w.tasks.find({"_id": BRAVO.task_id})),
    Probe("find_one(bare id)", lambda w: w.tasks.find_one(BRAVO.task_id)),
    Probe("find_one(_id)", lambda w: w.tasks.find_one({"_id": BRAVO.task_id})),
    Probe("find(company_id: Bravo)", lambda w: w.tasks.find({"company_id": _B})),
    Probe("find(location: Bravo's)", lambda w: w.tasks.find({"location": "FR"})),
    Probe("find(company_id: $ne)", lambda w: w.tasks.find({"company_id": {"$ne": ALPHA.company_id}})),
    Probe("find(company_id: $in)", lambda w: w.tasks.find({"company_id": {"$in": [_B, ALPHA.company_id]}})),
    Probe("find(company_id: $exists)", lambda w: w.tasks.find({"company_id": {"$exists": True}})),
    Probe("find(company_id: $eq)", lambda w: w.tasks.find({"company_id": {"$eq": _B}})),
    Probe("find(location: $gt)", lambda w: w.tasks.find({"location": {"$gt": "A"}})),
    Probe("find($or)", lambda w: w.tasks.find({"$or": [{"company_id": _B}, _LOOK]})),
    Probe("find($nor)", lambda w: w.tasks.find({"$nor": [{"company_id": ALPHA.company_id}]})),
    Probe("find($and)", lambda w: w.tasks.find({"$and": [{"company_id": _B}]})),
    Probe("find($expr)", lambda w: w.tasks.find({"$expr": {"$eq": ["$company_id", _B]}})),
    Probe("find($jsonSchema)", lambda w: w.tasks.find({"$jsonSchema": {"required": ["title"]}})),
    Probe("find($text)", lambda w: w.tasks.find({"$text": {"$search": "plan"}})),
    Probe("find($near)", lambda w: w.tasks.find({"place": {"$nearSphere": _PLACE}})),
    Probe("find($where)", lambda w: w.tasks.find({"$where": "true"})),
    Probe("find($query)", lambda w: w.tasks.find({"$query": _LOOK})),
    Probe("find($query, another collection)", lambda w: w.identities.find({"$query": {}, "find": "tasks"})),
    Probe("find(JavaScript in the projection)", lambda w: w.tasks.find({}, {"x": _javascript("$title")})),
)


def _javascript(argument: str) -> dict[str, Any]:
    return {"$function": {"body": "function(x) { return x }", "args": [argument], "lang": "js"}}


CURSORS = (
    Probe("find().where()", lambda w: w.tasks.find().where("true")),
    Probe("find_raw_batches()", lambda w: w.tasks.find_raw_batches({})),
    Probe("find().distinct()", lambda w: w.tasks.find(_LOOK).distinct("title")),
    Probe("find().explain()", _examined),
    Probe("find().clone()", lambda w: w.tasks.find(_LOOK).clone()),
    Probe("find().rewind()", lambda w: w.tasks.find(_LOOK).rewind()),
    Probe("find()[1:]", lambda w: w.tasks.find(_LOOK).sort("n", -1)[:1]),
    Probe("find() in a session", lambda w: list(w.tasks.find({}, session=w.client.start_session()))),
    Probe("Bravo's cursor, read by Alpha", _read_under_alpha(lambda w: w.tasks.find())),
    Probe("Bravo's raw cursor, read by Alpha", _read_under_alpha(lambda w: w.tasks.find_raw_batches())),
    Probe("Bravo's cursor cloned, read by Alpha", _read_under_alpha(lambda w: w.tasks.find().clone())),
    Probe("count_documents({})", lambda w: w.tasks.count_documents({})),
    Probe("count_documents(pipeline=)", lambda w: w.tasks.count_documents({}, pipeline=[{"$count": "n"}])),
    Probe("count_documents(aggregate=)", lambda w: w.identities.count_documents({}, aggregate="tasks")),
    Probe("estimated_document_count()", lambda w: w.tasks.estimated_document_count()),
    Probe("estimated_document_count(count=)", lambda w: w.identities.estimated_document_count(count="tasks")),
    Probe("distinct(field)", lambda w: w.tasks.distinct("title")),
    Probe("distinct(company_id)", lambda w: w.tasks.distinct("company_id")),
    Probe("distinct(filter)", lambda w: w.tasks.distinct("title", {"company_id": _B})),
    Probe("distinct(query=)", lambda w: w.tasks.distinct("title", query={"company_id": _B})),
    Probe("distinct(distinct=)", lambda w: w.identities.distinct("title", distinct="tasks")),
)
ROADS = (
    Probe("db.tasks", lambda w: w.db.tasks.find()),
    Probe("db.get_collection", lambda w: w.db.get_collection("tasks").find()),
    Probe("db.with_options", lambda w: w.db.with_options(write_concern=None)["tasks"].find()),
    Probe("collection.with_options", lambda w: w.tasks.with_options(read_concern=None).find()),
    Probe("collection.database", lambda w: w.tasks.database["tasks"].find()),
    Probe("db.client", lambda w: w.db.client[w.name]["tasks"].find()),
    Probe("client.get_database", lambda w: w.client.get_database(w.name)["tasks"].find()),
    Probe("client.get_default_database", lambda w: w.client.get_default_database(w.name)["tasks"].find()),
    Probe("session.client", lambda w: w.client.start_session().client[w.name]["tasks"].find()),
    Probe("sub-collection", lambda w: w.tasks.archive.find()),
    Probe("sub-collection of a platform collection", lambda w: w.identities.archive.find()),
    Probe("another database", lambda w: w.other["tasks"].find()),
    Probe("a view", lambda w: w.db[VIEW].find()),
    Probe(
        "local.oplog.rs",
        lambda w: (
            w.client["local"]["oplog.rs"].find({"o.title": {"$exists": True}}, {"o": 1}).sort("$natural", -1).limit(5)
        ),
    ),
    Probe("db.dereference", lambda w: w.db.dereference(DBRef("tasks", BRAVO.task_id))),
    Probe("GridFS", lambda w: GridFS(w.db).get(BRAVO.file_id).read()),
    Probe("GridFS by name", lambda w: [file.read() for file in GridFS(w.db).find({"filename": {"$regex": "t$"}})]),
    Probe("collection.watch", _watch(lambda w: w.tasks.watch(full_document="updateLookup"))),
    Probe("db.watch", _watch(lambda w: w.db.watch(full_document="updateLookup"))),
    # Of this world's database alone: other tests write meanwhile, some of them what no decoder takes.
    Probe(
        "client.watch",
        _watch(lambda w: w.client.watch([{"$match": {"ns.db": w.db.name}}], full_document="updateLookup")),
    ),
)
COMMANDS = (
    Probe("command(find)", lambda w: w.db.command("find", "tasks")["cursor"]["firstBatch"]),
    Probe("command(aggregate)", lambda w: w.db.command("aggregate", "tasks", pipeline=[], cursor={})["cursor"]),
    Probe("command(count)", lambda w: w.db.command("count", "tasks")["n"]),
    Probe("command(distinct)", lambda w: w.db.command("distinct", "tasks", key="title")["values"]),
    Probe("command(dbStats)", lambda w: w.db.command("dbStats")["objects"]),
    Probe("command(collStats)", lambda w: w.db.command("collStats", "tasks")["count"]),
    Probe("command(explain)", _command_explain),
    Probe("cursor_command(find)", lambda w: w.db.cursor_command("find", "tasks")),
    Probe("validate_collection", lambda w: w.db.validate_collection("tasks")["nrecords"]),
)
PROBES = (*FILTERS, *CURSORS, *ROADS, *COMMANDS)
