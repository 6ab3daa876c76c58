"""The indexes that documents declare against those that MongoDB has.

What is missing can be built. What differs, or is there without being declared, is only reported: dropping an index of a
database at work is a person's decision.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pymongo.errors import CollectionInvalid, PyMongoError

from apps.operations.domain.declarations import Index, collection_name, declared_indexes, documents
from apps.operations.enums import IndexState
from novapulse.data import mongo
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ID_INDEX = "_id_"
_BUILD_SECONDS = 6 * 3600.0  # an index of millions of documents takes longer than any request may

# What makes two indexes of one name differ, and what MongoDB assumes where nothing is said.
_ASSUMED: Mapping[str, Any] = {
    "unique": False,
    "sparse": False,
    "expireAfterSeconds": None,
    "partialFilterExpression": None,
}
_TEXT_LANGUAGE = "english"


@dataclass(frozen=True, slots=True)
class Difference:
    """One index that is not as declared."""

    state: IndexState
    collection: str
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Every difference by collection and name, the collections that are missing altogether, the indexes to build."""

    differences: tuple[Difference, ...]
    missing_collections: tuple[str, ...]
    to_build: tuple[Index, ...]

    @property
    def is_pending(self) -> bool:
        """Tell whether `apply` has anything to do."""
        return bool(self.missing_collections or self.to_build)


def plan() -> Plan:
    """Compare what is declared with what is there; raises Unavailable or TimedOut when MongoDB does not answer."""
    with across_tenants("compare the indexes"), _in_our_words():
        wanted = {(index.collection, index.name): index for index in declared_indexes()}
        existing = _existing()
    differences = [*_missing_or_changed(wanted, existing), *_extra(wanted, existing)]
    collections = [collection_name(document) for document in documents()]
    return Plan(
        differences=tuple(sorted(differences, key=lambda each: (each.collection, each.name))),
        missing_collections=tuple(name for name in collections if (name, _ID_INDEX) not in existing),
        to_build=tuple(index for place, index in wanted.items() if place not in existing),
    )


def apply(plan: Plan, *, done: Callable[[Index], None] = lambda _: None) -> None:
    """Create the missing collections, since a transaction cannot always do that, then build the missing indexes.

    plan: what `plan()` gave. done: is called after each index.

    Raises Unavailable or TimedOut when MongoDB does not answer; what was built by then stays.
    """
    with across_tenants("build the indexes"), mongo.budget(_BUILD_SECONDS), _in_our_words():
        for document in documents():
            if collection_name(document) in plan.missing_collections:
                _create_collection(document)
        for index in plan.to_build:
            index.document.collection().create_index(list(index.keys), name=index.name, **index.options)
            done(index)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise mongo.trouble_of(error) or error from error


def _existing() -> dict[tuple[str, str], Mapping[str, Any]]:
    return {
        (collection_name(document), name): found
        for document in documents()
        for name, found in document.collection().index_information().items()
    }


def _missing_or_changed(
    wanted: Mapping[tuple[str, str], Index], existing: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[Difference]:
    for place, index in wanted.items():
        found = existing.get(place)
        if found is None:
            yield Difference(IndexState.MISSING, *place)
        elif _form(index.keys, index.options) != _form(found["key"], found):
            yield Difference(IndexState.CHANGED, *place)


def _extra(
    wanted: Mapping[tuple[str, str], Index], existing: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[Difference]:
    for place in existing:
        if place not in wanted and place[1] != _ID_INDEX:
            yield Difference(IndexState.EXTRA, *place)


def _form(keys: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401  pairs from a document or the server
    """Put an index, declared or found, into one form; the server keeps the fields of a text index as weights."""
    text_fields = [field for field, direction in keys if direction == "text" and field != "_fts"]
    is_text = any(direction == "text" for _, direction in keys)
    return {
        **{name: options.get(name, assumed) for name, assumed in _ASSUMED.items()},
        "keys": [(field, direction) for field, direction in keys if direction != "text" and field != "_ftsx"],
        "weights": {**dict.fromkeys(text_fields, 1), **options.get("weights", {})},
        "language": options.get("default_language", _TEXT_LANGUAGE) if is_text else None,
    }


def _create_collection(document: Any) -> None:  # noqa: ANN401  MongoEngine is untyped
    try:
        document.collection().database.create_collection(collection_name(document))
    except CollectionInvalid:
        return  # another process was first
