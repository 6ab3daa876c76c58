"""Probes that change Bravo's data, or pass data off as Bravo's, through PyMongo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import encode
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from tests.novapulse.tenancy.probes.run import Probe
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.novapulse.tenancy.probes.world import World

_B = BRAVO.company_id
_THEIRS, _OWN = {"_id": BRAVO.task_id}, {"_id": ALPHA.task_id}
_FORGED = {"company_id": _B, "location": "FR", "title": "forged"}
_MARK = {"$set": {"title": "altered"}}


def _bulk(*operations: Any) -> Callable[[World], Any]:
    return lambda world: world.tasks.bulk_write(list(operations)).bulk_api_result


def _replace_root(world: World) -> Any:
    return world.tasks.update_one(_OWN, [{"$replaceWith": {"$mergeObjects": ["$$ROOT", {"company_id": _B}]}}])


def _make_view(world: World) -> Any:
    world.db.create_collection("stolen", viewOn="tasks", pipeline=[])
    return world.db["stolen"].find()


def _delete_by_command(world: World) -> Any:
    return world.db.command("delete", "tasks", deletes=[{"q": _THEIRS, "limit": 1}])


def _rename_by_command(world: World) -> Any:
    names = {"renameCollection": f"{world.name}.tasks", "to": f"{world.name}.taken"}
    return world.client.admin.command(names)


INSERTS = (
    Probe("insert_one", lambda w: w.tasks.insert_one(dict(_FORGED))),
    Probe("insert_one (raw BSON)", lambda w: w.tasks.insert_one(RawBSONDocument(encode({"_id": 7, **_FORGED})))),
    Probe("insert_many", lambda w: w.tasks.insert_many([{"title": "fair"}, dict(_FORGED)])),
    Probe("insert into a sub-collection", lambda w: w.tasks.archive.insert_one(dict(_FORGED))),
    Probe("insert into another database", lambda w: w.other["tasks"].insert_one(dict(_FORGED))),
)
UPDATES = (
    Probe("update_one by _id", lambda w: w.tasks.update_one(_THEIRS, _MARK)),
    Probe("update_one by company", lambda w: w.tasks.update_one({"company_id": _B}, _MARK)),
    Probe("update_many({})", lambda w: w.tasks.update_many({}, _MARK)),
    Probe("update_many $or", lambda w: w.tasks.update_many({"$or": [{"company_id": _B}]}, _MARK)),
    Probe("update_many $ne", lambda w: w.tasks.update_many({"company_id": {"$ne": 1}}, _MARK)),
    Probe("update_one by pipeline", lambda w: w.tasks.update_one(_THEIRS, [{"$set": {"title": "altered"}}])),
    Probe("$set company_id", lambda w: w.tasks.update_one(_OWN, {"$set": {"company_id": _B}})),
    Probe("$rename to company_id", lambda w: w.tasks.update_one(_OWN, {"$rename": {"elsewhere": "company_id"}})),
    Probe("$set company_id by pipeline", lambda w: w.tasks.update_one(_OWN, [{"$set": {"company_id": "$elsewhere"}}])),
    Probe("$addFields company_id", lambda w: w.tasks.update_one(_OWN, [{"$addFields": {"company_id": _B}}])),
    Probe("$project company_id", lambda w: w.tasks.update_one(_OWN, [{"$project": {"company_id": "$elsewhere"}}])),
    Probe("$replaceWith", _replace_root),
    Probe("$replaceRoot", lambda w: w.tasks.update_one(_OWN, [{"$replaceRoot": {"newRoot": {"company_id": _B}}}])),
    Probe("$setOnInsert", lambda w: w.tasks.update_one({"n": 5}, {"$setOnInsert": {"company_id": _B}}, upsert=True)),
    Probe("upsert by company", lambda w: w.tasks.update_one({"company_id": _B, "n": 5}, _MARK, upsert=True)),
    Probe("upsert by $eq", lambda w: w.tasks.update_one({"company_id": {"$eq": _B}, "n": 5}, _MARK, upsert=True)),
    Probe("upsert by $and", lambda w: w.tasks.update_one({"$and": [{"company_id": _B}, {"n": 5}]}, _MARK, upsert=True)),
    Probe("replace_one by _id", lambda w: w.tasks.replace_one(_THEIRS, {"title": "altered"})),
    Probe("replace_one own as Bravo's", lambda w: w.tasks.replace_one(_OWN, dict(_FORGED))),
    Probe("replace_one upsert", lambda w: w.tasks.replace_one({"n": 5}, dict(_FORGED), upsert=True)),
    Probe("update of a sub-collection", lambda w: w.identities.archive.update_many({}, _MARK)),
    Probe("update through a session", lambda w: w.tasks.update_one(_THEIRS, _MARK, session=w.client.start_session())),
)
DELETES = (
    Probe("delete_one by _id", lambda w: w.tasks.delete_one(_THEIRS)),
    Probe("delete_many({})", lambda w: w.tasks.delete_many({})),
    Probe("delete_many by company", lambda w: w.tasks.delete_many({"company_id": _B})),
    Probe("delete_many $nin", lambda w: w.tasks.delete_many({"company_id": {"$nin": []}})),
)
FIND_AND_MODIFY = (
    Probe("find_one_and_update", lambda w: w.tasks.find_one_and_update(_THEIRS, _MARK)),
    Probe(
        "find_one_and_update own as Bravo's", lambda w: w.tasks.find_one_and_update(_OWN, {"$set": {"company_id": _B}})
    ),
    Probe("find_one_and_replace", lambda w: w.tasks.find_one_and_replace(_THEIRS, {"title": "altered"})),
    Probe("find_one_and_replace own as Bravo's", lambda w: w.tasks.find_one_and_replace(_OWN, dict(_FORGED))),
    Probe("find_one_and_delete", lambda w: w.tasks.find_one_and_delete(_THEIRS)),
    Probe("find_one_and_update(query=)", lambda w: w.tasks.find_one_and_update({}, _MARK, query=_THEIRS)),
    Probe("find_one_and_delete(query=)", lambda w: w.tasks.find_one_and_delete({}, query=_THEIRS)),
    Probe(
        "find_one_and_delete(findAndModify=)",
        lambda w: w.identities.find_one_and_delete(_THEIRS, findAndModify="tasks"),
    ),
    Probe(
        "find_one_and_update(findAndModify=)",
        lambda w: w.identities.find_one_and_update(_THEIRS, _MARK, findAndModify="tasks"),
    ),
)
BULK = (
    Probe("bulk InsertOne", _bulk(InsertOne(dict(_FORGED)))),
    Probe("bulk UpdateOne", _bulk(UpdateOne(_THEIRS, _MARK))),
    Probe("bulk UpdateOne own as Bravo's", _bulk(UpdateOne(_OWN, {"$set": {"company_id": _B}}))),
    Probe("bulk UpdateMany", _bulk(UpdateMany({}, _MARK))),
    Probe("bulk ReplaceOne", _bulk(ReplaceOne(_THEIRS, {"title": "altered"}))),
    Probe("bulk ReplaceOne upsert", _bulk(ReplaceOne({"n": 5}, dict(_FORGED), upsert=True))),
    Probe("bulk DeleteOne", _bulk(DeleteOne(_THEIRS))),
    Probe("bulk DeleteMany", _bulk(DeleteMany({}))),
    Probe("bulk, unordered, the last one bad", _bulk(InsertOne({"n": 6}), DeleteMany({"company_id": _B}))),
)
PIPELINES = (
    Probe("$out over tasks", lambda w: w.db["owners"].aggregate([{"$out": "tasks"}])),
    Probe(
        "$merge into tasks", lambda w: w.tasks.aggregate([{"$set": {"_id": 9, "company_id": _B}}, {"$merge": "tasks"}])
    ),
    Probe("platform $out over tasks", lambda w: w.identities.aggregate([{"$out": "tasks"}])),
    Probe(
        "platform $merge into tasks",
        lambda w: w.identities.aggregate([{"$set": _FORGED}, {"$merge": {"into": "tasks"}}]),
    ),
)
STRUCTURE = (
    Probe("collection.drop", lambda w: w.tasks.drop()),
    Probe("collection.rename", lambda w: w.tasks.rename("taken")),
    Probe("platform rename over tasks", lambda w: w.identities.rename("tasks", dropTarget=True)),
    Probe("drop_index", lambda w: w.tasks.drop_index("title_text")),
    Probe("drop_indexes", lambda w: w.tasks.drop_indexes()),
    Probe("create_index", lambda w: w.tasks.create_index("kin", name="kin")),
    Probe("create_index, expiring", lambda w: w.tasks.create_index("at", name="at", expireAfterSeconds=0)),
    Probe("db.drop_collection", lambda w: w.db.drop_collection("tasks")),
    Probe("db.create_collection, a view", _make_view),
    Probe("client.drop_database", lambda w: w.client.drop_database(w.name)),
    Probe("command(delete)", _delete_by_command),
    Probe("command(drop)", lambda w: w.db.command("drop", "tasks")),
    Probe("command(dropDatabase)", lambda w: w.db.command("dropDatabase")),
    Probe("command(renameCollection)", _rename_by_command),
)
PROBES = (*INSERTS, *UPDATES, *DELETES, *FIND_AND_MODIFY, *BULK, *PIPELINES, *STRUCTURE)
