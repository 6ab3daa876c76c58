"""Probes that go through MongoEngine's documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson.json_util import DEFAULT_JSON_OPTIONS
from mongoengine.queryset import QuerySet

from tests.novapulse.tenancy.probes.run import Probe
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.novapulse.tenancy.probes.world import World

_B = BRAVO.company_id


def _objects(world: World, **query: Any) -> Any:
    return world.documents.Task.objects(**query)


def _theirs(world: World) -> Any:
    """Give a document with Bravo's id, made by hand."""
    made = world.documents.Task(id=BRAVO.task_id, title="altered")
    made._created = False
    return made


def _own(world: World) -> Any:
    return world.documents.Task.objects.get(id=ALPHA.task_id)


def _loaded_by_bravo(world: World) -> Any:
    return world.as_bravo(lambda: world.documents.Task.objects.get(id=BRAVO.task_id))


def _delete_loaded(world: World) -> Any:
    loaded = world.as_bravo(lambda: world.documents.Task.objects(id=BRAVO.task_id).first())
    return loaded.delete() if loaded else None


def _save(make: Callable[[World], Any], **changes: Any) -> Callable[[World], Any]:
    def act(world: World) -> Any:
        document = make(world)
        for name, value in changes.items():
            setattr(document, name, value)
        return document.save().id

    return act


def _queryset_of_bravo(use: Callable[[Any], Any]) -> Callable[[World], Any]:
    def act(world: World) -> Any:
        return use(world.as_bravo(lambda: world.documents.Task.objects(title__ne=None)))

    return act


def _point_to_their_owner(world: World) -> Any:
    """Save a reference to Bravo's owner, and follow it."""
    owner = world.documents.Owner(id=BRAVO.owner_id)
    task = world.documents.Task(title="new", owner=owner).save()
    return task.reload().owner.name


def _point_by_update(world: World) -> Any:
    world.documents.Task.objects(id=ALPHA.task_id).update(set__owner=BRAVO.owner_id)
    return _own(world).owner.name


def _cascade_save(world: World) -> Any:
    task = _own(world)
    task.owner.name = "altered"
    return task.save(cascade=True).id


def _cascade_delete(world: World) -> Any:
    world.plain[world.name]["tasks"].update_one({"_id": BRAVO.task_id}, {"$set": {"owner": ALPHA.owner_id}})
    return world.documents.Owner.objects.get(id=ALPHA.owner_id).delete()


def _map_reduce(world: World) -> Any:
    found = _objects(world).map_reduce(
        "function() { emit(this._id, this.title) }", "function(k, v) { return v }", "inline"
    )
    return [str(row.value) for row in found]


READS = (
    Probe("objects", lambda w: w.documents.Task.objects),
    Probe("objects(id)", lambda w: _objects(w, id=BRAVO.task_id)),
    Probe("objects.get(id)", lambda w: w.documents.Task.objects.get(id=BRAVO.task_id)),
    Probe("objects.first()", lambda w: _objects(w).order_by("-n").first()),
    Probe("objects.with_id", lambda w: w.documents.Task.objects.with_id(BRAVO.task_id)),
    Probe("objects(company_id)", lambda w: _objects(w, company_id=_B)),
    Probe("objects(company_id__ne)", lambda w: _objects(w, company_id__ne=ALPHA.company_id)),
    Probe("objects(__raw__)", lambda w: _objects(w, __raw__={"company_id": _B})),
    Probe("objects(__raw__ $or)", lambda w: _objects(w, __raw__={"$or": [{"company_id": _B}, {"n": 1}]})),
    Probe("objects.in_bulk", lambda w: w.documents.Task.objects.in_bulk([BRAVO.task_id]).values()),
    Probe("objects.count()", lambda w: w.documents.Task.objects.count()),
    Probe("objects(...).count()", lambda w: _objects(w, n__gt=0).count()),
    Probe("objects.as_pymongo()", lambda w: w.documents.Task.objects.as_pymongo()),
    Probe("objects.scalar()", lambda w: w.documents.Task.objects.scalar("title")),
    Probe("objects.distinct()", lambda w: w.documents.Task.objects.distinct("title")),
    Probe("objects.sum()", lambda w: w.documents.Task.objects.sum("n")),
    Probe("objects.average()", lambda w: w.documents.Task.objects.average("n")),
    Probe("objects.item_frequencies()", lambda w: w.documents.Task.objects.item_frequencies("title")),
    Probe("objects.to_json()", lambda w: w.documents.Task.objects.to_json(json_options=DEFAULT_JSON_OPTIONS)),
    Probe("objects.search_text()", lambda w: w.documents.Task.objects.search_text("plan")),
    Probe("objects.where()", lambda w: w.documents.Task.objects.where("true")),
    Probe("objects.map_reduce()", _map_reduce),
    Probe("objects.no_cache()", lambda w: w.documents.Task.objects.no_cache()),
    Probe(
        "objects.aggregate $lookup",
        lambda w: _objects(w).aggregate([{"$lookup": {"from": "tasks", "pipeline": [], "as": "x"}}]),
    ),
    Probe("objects.aggregate $unionWith", lambda w: _objects(w).aggregate([{"$unionWith": "owners"}])),
    Probe("Document.reload()", lambda w: _theirs(w).reload().title),
    Probe("Document._get_collection()", lambda w: w.documents.Task._get_collection().find()),
    Probe("queryset._collection", lambda w: w.documents.Task.objects._collection.find()),
    Probe("a plain QuerySet", lambda w: QuerySet(w.documents.Task, w.documents.Task._get_collection())),
    Probe("Bravo's queryset, read by Alpha", _queryset_of_bravo(list)),
    Probe("Bravo's queryset, filtered by Alpha", _queryset_of_bravo(lambda q: list(q.filter(n__gt=0)))),
    Probe("Bravo's queryset, counted by Alpha", _queryset_of_bravo(lambda q: q.count())),
)
REFERENCES = (
    Probe("ReferenceField", lambda w: _own(w).owner.name),
    Probe("LazyReferenceField.fetch()", lambda w: _own(w).lazy.fetch().name),
    Probe("GenericReferenceField", lambda w: _own(w).any.name),
    Probe("a list of references", lambda w: _own(w).many[0].name),
    Probe("select_related()", lambda w: w.documents.Task.objects(id=ALPHA.task_id).select_related()[0].owner.name),
    Probe("a saved reference", _point_to_their_owner),
    Probe("update(set__owner)", _point_by_update),
    Probe("save(cascade=True)", _cascade_save),
    Probe("delete() with a cascade", _cascade_delete),
)
WRITES = (
    Probe("Document(id).save()", _save(_theirs)),
    Probe("Document(id, force).save()", _save(lambda w: w.documents.Task(id=BRAVO.task_id, title="altered"))),
    Probe(
        "Document(company_id).save()", _save(lambda w: w.documents.Task(company_id=_B, location="FR", title="forged"))
    ),
    Probe("own document given to Bravo", _save(_own, company_id=_B)),
    Probe("Bravo's document saved by Alpha", _save(_loaded_by_bravo, title="altered")),
    Probe("save(validate=False)", lambda w: w.documents.Task(company_id=_B, title="forged").save(validate=False).id),
    Probe("Document(id).update()", lambda w: _theirs(w).update(set__title="altered")),
    Probe("Document(id).modify()", lambda w: _theirs(w).modify(set__title="altered")),
    Probe("Document(id).delete()", lambda w: _theirs(w).delete()),
    Probe("Bravo's document deleted by Alpha", _delete_loaded),
    Probe("objects.create(company_id)", lambda w: w.documents.Task.objects.create(company_id=_B, location="FR").id),
    Probe(
        "objects.insert([company_id])",
        lambda w: w.documents.Task.objects.insert([w.documents.Task(company_id=_B)], load_bulk=False),
    ),
    Probe("objects.update()", lambda w: w.documents.Task.objects.update(set__title="altered")),
    Probe("objects.update(set__company_id)", lambda w: w.documents.Task.objects.update(set__company_id=_B)),
    Probe("objects.update(__raw__)", lambda w: w.documents.Task.objects.update(__raw__={"$set": {"company_id": _B}})),
    Probe("objects(id).update_one()", lambda w: _objects(w, id=BRAVO.task_id).update_one(set__title="altered")),
    Probe("objects(id).modify()", lambda w: _objects(w, id=BRAVO.task_id).modify(set__title="altered")),
    Probe("objects(id).modify(remove=True)", lambda w: _objects(w, id=BRAVO.task_id).modify(remove=True)),
    Probe("objects(id).upsert_one()", lambda w: bool(_objects(w, n=1000).upsert_one(set__title="altered"))),
    Probe("objects.delete()", lambda w: w.documents.Task.objects.delete()),
    Probe("objects(id).delete()", lambda w: _objects(w, id=BRAVO.task_id).delete()),
    Probe("Bravo's queryset, deleted by Alpha", _queryset_of_bravo(lambda q: q.delete())),
    Probe("Document.drop_collection()", lambda w: w.documents.Task.drop_collection()),
    Probe("Document.create_index()", lambda w: w.documents.Task.create_index(["title"])),
)
PROBES = (*READS, *REFERENCES, *WRITES)
