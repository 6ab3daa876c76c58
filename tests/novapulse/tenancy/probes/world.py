"""Two companies in one database: Alpha, in whose scope the probes run, and Bravo, whose data they are after."""

from __future__ import annotations

import contextvars
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bson import DBRef, ObjectId

from novapulse.tenancy.scope import company

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo import MongoClient
    from pymongo.collection import Collection
    from pymongo.database import Database

    from tests.novapulse.tenancy.probes.documents import Documents

T = TypeVar("T")

MARKER = "bravo-secret"  # stands in every document of Bravo's and nowhere else
PLATFORM = frozenset({"identities"})
VIEW, OTHER_DATABASE_SUFFIX = "tasks_view", "_other"
_TENANT_COLLECTIONS = ("tasks", "owners", "tasks.archive", "identities.archive", "fs.files", "fs.chunks")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A company of the probes and the ids of its documents, the same in every run."""

    company_id: ObjectId
    location: str
    word: str
    task_id: ObjectId
    owner_id: ObjectId
    file_id: ObjectId
    amount: int

    def stamp(self) -> dict[str, Any]:
        """Give the two scope fields."""
        return {"location": self.location, "company_id": self.company_id}


def _tenant(digit: str, *, location: str, word: str, amount: int) -> Tenant:
    ids = [ObjectId(f"{digit * 23}{number}") for number in range(4)]
    return Tenant(ids[0], location, word, ids[1], ids[2], ids[3], amount)


ALPHA = _tenant("a", location="DE", word="alpha", amount=1)
BRAVO = _tenant("b", location="FR", word=MARKER, amount=1000)


@dataclass(frozen=True, slots=True)
class World:
    """What a probe may touch: a client, scoped or plain, and documents on top of it."""

    client: MongoClient[dict[str, Any]]
    name: str
    documents: Documents
    plain: MongoClient[dict[str, Any]]

    @property
    def db(self) -> Database[dict[str, Any]]:
        """Give the database."""
        return self.client[self.name]

    @property
    def tasks(self) -> Collection[dict[str, Any]]:
        """Give the tenant collection that most probes are after."""
        return self.db["tasks"]

    @property
    def identities(self) -> Collection[dict[str, Any]]:
        """Give a collection of the platform."""
        return self.db["identities"]

    @property
    def other(self) -> Database[dict[str, Any]]:
        """Give another database of the same server."""
        return self.client[self.name + OTHER_DATABASE_SUFFIX]

    def as_bravo(self, work: Callable[[], T]) -> T:
        """Do something within Bravo's scope, as another request of the same process would."""

        def bound() -> T:
            with company(BRAVO.company_id, location=BRAVO.location):
                return work()

        return contextvars.Context().run(bound)

    def bravo_works(self) -> None:
        """Let Bravo change its task, behind the probe's back."""
        self.plain[self.name]["tasks"].update_one({"company_id": BRAVO.company_id}, {"$inc": {"seen": 1}})


def settle(world: World, *, tenants: tuple[Tenant, ...]) -> None:
    """Put the database into its first state, holding the documents of these tenants only."""
    database, other = _plain(world)
    if not _is_whole(database):
        world.plain.drop_database(world.name)
        _build(database)
    for collection in (*_TENANT_COLLECTIONS, "identities"):
        database[collection].delete_many({})
    other["tasks"].delete_many({})
    database["identities"].insert_one({"_id": 1, "name": "somebody", "up": None})
    for tenant in tenants:
        _fill(world, tenant)


def bravos(world: World) -> list[object]:
    """Give all that is Bravo's, and the shape of the database it stands in, to be compared."""
    database, other = _plain(world)
    own = {"company_id": BRAVO.company_id}
    kept: list[object] = [list(database[each].find(own).sort("_id")) for each in _TENANT_COLLECTIONS]
    return [*kept, list(other["tasks"].find(own).sort("_id")), _shape(database)]


def _plain(world: World) -> tuple[Database[dict[str, Any]], Database[dict[str, Any]]]:
    return world.plain[world.name], world.plain[world.name + OTHER_DATABASE_SUFFIX]


def _shape(database: Database[dict[str, Any]]) -> list[object]:
    return [sorted(database.list_collection_names()), sorted(database["tasks"].index_information())]


def _is_whole(database: Database[dict[str, Any]]) -> bool:
    names = sorted([*_TENANT_COLLECTIONS, "identities", "system.views", VIEW])
    return _shape(database) == [names, ["_id_", "place_2dsphere", "title_text"]]


def _build(database: Database[dict[str, Any]]) -> None:
    for collection in (*_TENANT_COLLECTIONS, "identities"):
        database.create_collection(collection)
    database["tasks"].create_index([("title", "text")], name="title_text")
    database["tasks"].create_index([("place", "2dsphere")])
    database.create_collection(VIEW, viewOn="tasks", pipeline=[])


def _fill(world: World, tenant: Tenant) -> None:
    (database, other), stamp, word = _plain(world), tenant.stamp(), tenant.word
    database["tasks"].insert_one(_task(world, tenant))
    database["owners"].insert_one({**stamp, "_id": tenant.owner_id, "name": f"owner {word}", "kin": "same"})
    for collection in (database["tasks.archive"], database["identities.archive"], other["tasks"]):
        collection.insert_one({**stamp, "_id": tenant.task_id, "title": f"old {word}", "kin": "same"})
    file = {**stamp, "_id": tenant.file_id, "length": len(word), "chunkSize": 255, "filename": word}
    database["fs.files"].insert_one(file)
    database["fs.chunks"].insert_one({**stamp, "files_id": tenant.file_id, "n": 0, "data": word.encode()})


def _task(world: World, tenant: Tenant) -> dict[str, Any]:
    """Make a task that points to Bravo's owner: what an attacker would have written, had nobody looked."""
    owner = BRAVO.owner_id
    return {
        **tenant.stamp(),
        "_id": tenant.task_id,
        "title": f"plan {tenant.word}",
        "n": tenant.amount,
        "kin": "same",
        "elsewhere": BRAVO.company_id,  # an innocent field, whose value an update may try to move
        "place": {"type": "Point", "coordinates": [1, 1]},
        "owner": owner,
        "lazy": owner,
        "many": [owner],
        "any": {"_cls": world.documents.Owner.__name__, "_ref": DBRef("owners", owner)},
    }
