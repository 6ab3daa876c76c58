"""What the documents declare of their references: which field names a document of which collection.

    "references": {"task_id": "tasks"}                                   what it names is there
    "mentions": {"replay_of": "webhook_deliveries"}                      or was there once
    "mentions": {"target.id": {"target.type": {"task": "tasks"}}}        what it names, another field says

A tuple of collections: it is in one of them. Fields that lie deeper are named with dots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from mongoengine import ListField, ObjectIdField

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMPANY: Final = "company_id"  # every document that has one belongs to that company


@dataclass(frozen=True, slots=True)
class Pointer:
    """A field that names a document in one of these collections; `may_be_gone` whether that may have gone since.

    only: the field that says so, and the word in it, where the pointer counts only then.
    """

    path: str
    collections: tuple[str, ...]
    may_be_gone: bool
    only: tuple[str, str] | None = None

    def ids(self, stored: Mapping[str, Any]) -> Iterator[ObjectId | str]:
        """Give the ids that a stored document names by this field."""
        if self.only is not None and next(_values(stored, self.only[0]), None) != self.only[1]:
            return
        for value in _values(stored, self.path):
            yield as_id(value)


def pointers(document: Any) -> list[Pointer]:  # noqa: ANN401  MongoEngine is untyped
    """List the references of a document class, its company apart."""
    return [
        *_declared(document._meta.get("references", {}), may_be_gone=False),  # noqa: SLF001  MongoEngine's name
        *_declared(document._meta.get("mentions", {}), may_be_gone=True),  # noqa: SLF001  as above
    ]


def undeclared(document: Any) -> list[str]:  # noqa: ANN401  as above
    """List the fields that hold ids and of which nothing is declared."""
    said = {COMPANY, "id", *document._meta.get("no_references", ()), *(each.path for each in pointers(document))}  # noqa: SLF001  as above
    holding = [name for name, each in document._fields.items() if _holds_ids(each)]
    return sorted(set(holding) - said)


def as_id(value: object) -> ObjectId | str:
    """Give an id that was stored as its text as what it is; what is no id, as its text."""
    return value if isinstance(value, ObjectId) else _read(str(value))


def ids_in(value: Any) -> Iterator[ObjectId]:  # noqa: ANN401  as above
    """Give every id that stands in a stored value, however deep, also as text."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from ids_in(each)
    elif isinstance(found := as_id(value), ObjectId):
        yield found


def _read(text: str) -> ObjectId | str:
    return ObjectId(text) if ObjectId.is_valid(text) else text


def _declared(table: Mapping[str, Any], *, may_be_gone: bool) -> Iterator[Pointer]:
    for path, where in table.items():
        if not isinstance(where, dict):
            yield Pointer(path, _collections(where), may_be_gone)
            continue
        for says, words in where.items():
            for word, collections in words.items():
                yield Pointer(path, _collections(collections), may_be_gone, only=(says, word))


def _collections(where: str | tuple[str, ...]) -> tuple[str, ...]:
    return (where,) if isinstance(where, str) else where


def _holds_ids(field: Any) -> bool:  # noqa: ANN401  as above
    return isinstance(field.field if isinstance(field, ListField) else field, ObjectIdField)


def _values(stored: Any, path: str) -> Iterator[Any]:  # noqa: ANN401  as above
    """Give what stands at a dotted path, each item of a list; nothing where nothing or null does."""
    if isinstance(stored, list):
        for item in stored:
            yield from _values(item, path)
        return
    name, _, rest = path.partition(".")
    found = stored.get(name) if isinstance(stored, dict) else None
    if rest:
        yield from _values(found, rest)
    elif isinstance(found, list):
        yield from found
    elif found is not None:
        yield found
