"""What still names a company, anywhere in MongoDB: also in collections that nobody has declared.

1. What is indexed is asked first, field by field: where that finds something it is told within milliseconds, and
   whoever has seen to it asks again.
2. Where that finds nothing, every document of the database is read as the bytes that it is, and looked through for the
   id, as an ObjectId and as digits. Nothing is decoded unless it is found: this goes as fast as MongoDB reads. What is
   packed or sealed inside of a document is not seen.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bson

from novapulse.data import mongo
from novapulse.tenancy import document
from novapulse.tenancy.scope import COMPANY_FIELD, LOCATION_FIELD, across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bson import ObjectId
    from pymongo.collection import Collection
    from pymongo.database import Database

    from novapulse.tenancy.scope import Scope

    Document = dict[str, Any]
    Kept = Callable[[str, Document], bool]

_MOST_SECONDS: Final = 24 * 3600.0
_PART: Final = 1_000  # documents of one answer
_SHOWN: Final = 3  # ids, by which whoever looks finds the rest


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left in one collection: how many documents, and the ids of the first of them."""

    collection: str
    count: int
    ids: tuple[str, ...]


def names_of(company_id: ObjectId) -> list[Any]:
    """List the values by which a field names a company."""
    return [company_id, str(company_id), f"company:{company_id}", f"parked:{company_id}"]


def find(home: Scope, *, is_kept: Kept, seen: Callable[[int], None] = lambda _: None) -> list[Remains]:
    """List what names a company, by collection: what its indexes show, or else what is found by reading everything.

    is_kept: is asked of each document that does, by its collection and content, whether it is to be there. seen: is
    called with how many documents more were read. Raises what MongoDB raises where it is away.
    """
    found = find_indexed(home, is_kept=is_kept)
    if found:
        return found
    with _looking():
        everywhere = collections()
        read = [_left(each.name, _read(each, home.company_id, seen=seen), is_kept=is_kept) for each in everywhere]
        return [each for each in read if each.count]


def find_indexed(home: Scope, *, is_kept: Kept) -> list[Remains]:
    """List what `find` lists first: what indexes show, within milliseconds. Raises what MongoDB raises."""
    with _looking():
        everywhere = collections()
        indexed = [_left(each.name, _indexed(each, home.company_id), is_kept=is_kept) for each in everywhere]
        return [each for each in indexed if each.count]


def in_any_location(collection: Collection[Any], company_id: ObjectId) -> Document:
    """Give the filter of what is a company's in a collection of tenants, also of what lies where it should not.

    Their indexes begin with the location, so those that there are come first: one look at such an index.
    """
    locations = [*collection.distinct(LOCATION_FIELD), None]
    return {LOCATION_FIELD: {"$in": locations}, COMPANY_FIELD: {"$in": names_of(company_id)}}


def size() -> int:
    """Tell about how many documents `find` may read, for showing progress."""
    with across_tenants("count what may be read"):
        return sum(each.estimated_document_count() for each in collections())


def collections() -> list[Collection[Document]]:
    """Give all collections of the database, declared or not, but the server's own; call it across tenants."""
    database: Database[Document] = document.database()
    names = sorted(database.list_collection_names())
    return [database[name] for name in names if not name.startswith("system.")]


def _left(collection: str, documents: Iterable[Document], *, is_kept: Kept) -> Remains:
    ids: dict[str, None] = {}
    for each in documents:
        if not is_kept(collection, each):
            ids[str(each["_id"])] = None
    return Remains(collection, len(ids), tuple(ids)[:_SHOWN])


@contextmanager
def _looking() -> Iterator[None]:
    with across_tenants("look for what is left of a company"), mongo.budget(_MOST_SECONDS):
        yield


def _indexed(collection: Collection[Document], company_id: ObjectId) -> Iterator[Document]:
    """Ask by each field that an index begins with; where that is the location, by the company behind it."""
    names = {"$in": names_of(company_id)}
    first = {next(iter(index["key"])) for index in collection.list_indexes()}
    for field in sorted(first - {LOCATION_FIELD, "_fts"}):
        yield from collection.find({field: names})
    if LOCATION_FIELD in first:
        yield from collection.find(in_any_location(collection, company_id))


def _read(collection: Collection[Document], company_id: ObjectId, *, seen: Callable[[int], None]) -> Iterator[Document]:
    """Read a whole collection, and decode those parts alone in which the id stands."""
    needles = (company_id.binary, str(company_id).encode())
    parts: Any = collection.find_raw_batches({}, batch_size=_PART)  # bytes, whatever its type says
    for part in parts:
        if _stands_in(part, needles):
            yield from (each for each in bson.decode_all(part) if _stands_in(bson.encode(each), needles))
        seen(_PART)


def _stands_in(content: bytes, needles: tuple[bytes, ...]) -> bool:
    return any(needle in content for needle in needles)
