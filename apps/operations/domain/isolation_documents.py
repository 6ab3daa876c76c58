"""Documents, for whoever looks whether one leads to another company: each by its declared references.

Of collections that nobody declares, each document that names a company, by all ids that stand in it: such as what an
older version has left behind, or a hand.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from mongoengine import StringField

from apps.operations.domain.declarations import collection_name, declared_indexes, documents
from apps.operations.domain.isolation import BATCH, STALE_SECONDS, UNSAID, Home, Named, Source, Thing, read
from apps.operations.domain.pointers import COMPANY, as_id, ids_in, pointers
from apps.tenants import api as tenants_api
from novapulse.queues.documents import OutboxRow
from novapulse.tenancy import remains

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bson import ObjectId
    from pymongo.collection import Collection

    Document = Mapping[str, Any]

_COMPANYS_INDEX: Final = (("company_id",), ("location", "company_id"))
_WHEREVER: Final = {"$in": [*sorted(tenants_api.COUNTRIES), None]}  # so that an index that begins with it serves


def sources(company_id: ObjectId | None) -> list[Source]:
    """List the kinds of documents that name a company: of all companies, or what names this one.

    Rows of the outbox are messages (`isolation_messages`).
    """
    stray = [_stray(each, company_id) for each in remains.collections() if each.name not in _declared()]
    return [*(source(each, company_id) for each in kinds()), *stray]


def estimated() -> int:
    """Tell about how many documents these are, of all companies."""
    return sum(int(each.collection().estimated_document_count()) for each in kinds())


def kinds() -> list[Any]:
    """List the classes of documents that name a company, rows of the outbox apart."""
    return [each for each in documents() if COMPANY in each._fields and each is not OutboxRow]


@cache
def owned() -> tuple[str, ...]:
    """Name the collections whose documents are a company's, and that of the companies."""
    return ("companies", *map(collection_name, kinds()))


def source(document: Any, company_id: ObjectId | None) -> Source:  # noqa: ANN401  MongoEngine is untyped
    """Give the documents of a class."""
    return Source(
        collection_name(document),
        things=partial(_things, document, company_id),
        again=partial(_again, document),
    )


def _things(document: Any, company_id: ObjectId | None) -> Iterator[Thing]:  # noqa: ANN401  as above
    fields = _projection(document)
    where, hint = ({}, "_id_") if company_id is None else within(document, [company_id])
    cursor = read(document.collection(), stale_seconds=STALE_SECONDS).find(where, fields, hint=hint, batch_size=BATCH)
    return _made(document, cursor.sort("_id", 1) if hint == "_id_" else cursor)


def _again(document: Any, things: list[Thing]) -> Iterator[Thing]:  # noqa: ANN401  as above
    ids = [thing.id for thing in things]
    return _made(document, document.collection().find({"_id": {"$in": ids}}, _projection(document)))


def within(document: Any, company_ids: Iterable[ObjectId]) -> tuple[dict[str, Any], str]:  # noqa: ANN401  as above
    """Give what finds the documents that name these companies, wherever they are, and the index that serves best."""
    is_text = isinstance(document._fields[COMPANY], StringField)
    where: dict[str, Any] = {COMPANY: {"$in": [str(each) if is_text else each for each in company_ids]}}
    for index in declared_indexes():
        begins = tuple(name for name, _ in index.keys)
        is_whole = not {"partialFilterExpression", "sparse"} & index.options.keys()
        lead = next((each for each in _COMPANYS_INDEX if begins[: len(each)] == each), None)
        if index.document is document and is_whole and lead is not None:
            return ({"location": _WHEREVER} if "location" in lead else {}) | where, index.name
    return where, "_id_"


@cache
def _declared() -> frozenset[str]:
    return frozenset(map(collection_name, documents()))


def _stray(collection: Collection[dict[str, Any]], company_id: ObjectId | None) -> Source:
    """Give the documents of a collection that nobody declares, as far as they name a company."""
    named = {"$ne": None} if company_id is None else {"$in": [company_id, str(company_id)]}

    def things(where: dict[str, Any], *, stale_seconds: int) -> Iterator[Thing]:
        rows = read(collection, stale_seconds=stale_seconds).find({COMPANY: named, **where}, batch_size=BATCH)
        for row in rows.sort("_id", 1):
            home = Home(as_id(row[COMPANY]), row.get("location", UNSAID))
            found = {path: ids for path, value in row.items() if (ids := list(ids_in(value))) and path != COMPANY}
            names = [Named(path, owned(), each) for path, ids in found.items() for each in ids]
            yield Thing(collection.name, row["_id"], home, tuple(names))

    return Source(
        collection.name,
        things=partial(things, {}, stale_seconds=STALE_SECONDS),
        again=lambda some: things({"_id": {"$in": [each.id for each in some]}}, stale_seconds=0),
    )


def _projection(document: Any) -> dict[str, int]:  # noqa: ANN401  as above
    named = [path for each in pointers(document) for path in (each.path, *(each.only or ())[:1])]
    return dict.fromkeys(["_id", COMPANY, "location", *named], 1)


def _made(document: Any, rows: Iterable[Document]) -> Iterator[Thing]:  # noqa: ANN401  as above
    kind, points, known = collection_name(document), pointers(document), document._fields
    for row in rows:
        company_id = row.get(COMPANY)
        if company_id is None and not known[COMPANY].required:
            continue  # the platform's own, such as its tasks
        home = Home(
            None if company_id is None else as_id(company_id), row.get("location") if "location" in known else UNSAID
        )
        names = [Named(each.path, each.collections, id_, each.may_be_gone) for each in points for id_ in each.ids(row)]
        yield Thing(kind, row["_id"], home, tuple(names))
