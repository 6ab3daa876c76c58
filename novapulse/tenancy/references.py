"""References: a tenant document points only to documents of its own company.

Works on documents as they are stored (`to_mongo()`), where a reference is an id, a DBRef, or a DBRef under `_ref`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bson import DBRef
from mongoengine import fields
from mongoengine.base import get_document

from novapulse.tenancy.scope import COMPANY_FIELD, LOCATION_FIELD, Scope, ScopeViolation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from novapulse.tenancy.database import ScopedDatabase

Reference = tuple[str, Any]  # the name of a collection, and an id in it

_POINTERS = (fields.ReferenceField, fields.LazyReferenceField, fields.CachedReferenceField)
_PUTS = frozenset({"$set", "$setOnInsert", "$addFields", "$push", "$pushAll", "$addToSet"})


def in_document(document_class: Any, stored: Mapping[str, Any]) -> Iterator[Reference]:  # noqa: ANN401  MongoEngine's
    """Find the references in a document, or embedded document, as it is stored."""
    for name, value in stored.items():
        yield from _in_value(_field(document_class, name), value)


def in_update(document_class: Any, update: Mapping[str, Any]) -> Iterator[Reference]:  # noqa: ANN401  MongoEngine's
    """Find the references that update operators would store."""
    for operator, changes in update.items():
        if operator in _PUTS:
            for path, value in changes.items():
                yield from _in_value(_field_at(document_class, path), value)


def check(references: Iterable[Reference], *, database: ScopedDatabase[Any], scope: Scope) -> None:
    """Refuse references to tenant documents that are not this company's; one count per collection.

    Collections of the platform are nobody's and are not looked at.

    Raises ScopeViolation.
    """
    wanted: dict[str, set[Any]] = defaultdict(set)
    for collection, identity in references:
        wanted[collection].add(identity)
    own = {LOCATION_FIELD: scope.location, COMPANY_FIELD: scope.company_id}
    for collection, identities in wanted.items():
        if collection in database.platform_collections:
            continue
        found = database[collection].count_documents({**own, "_id": {"$in": list(identities)}})
        if found != len(identities):
            raise ScopeViolation(f"A reference into {collection} does not point to a document of this company.")


def _in_value(field: Any, value: Any) -> Iterator[Reference]:  # noqa: ANN401  MongoEngine's field, and what it holds
    if isinstance(value, DBRef):
        yield value.collection, value.id
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _in_value(getattr(field, "field", field), item)
    elif isinstance(field, _POINTERS) and value is not None:
        yield field.document_type._get_collection_name(), value["_id"] if isinstance(value, dict) else value  # noqa: SLF001  MongoEngine's name for it
    elif isinstance(value, dict):
        yield from _in_mapping(field, value)
    elif isinstance(field, fields.ListField):
        yield from _in_value(field.field, value)  # one item, as $push puts it


def _in_mapping(field: Any, value: dict[str, Any]) -> Iterator[Reference]:  # noqa: ANN401  as above
    if "$each" in value:
        yield from _in_value(field, value["$each"])
    elif isinstance(field, fields.ListField):
        yield from _in_value(field.field, value)
    elif isinstance(field, fields.EmbeddedDocumentField):
        yield from in_document(field.document_type, value)
    elif isinstance(field, fields.GenericEmbeddedDocumentField):
        yield from in_document(get_document(value["_cls"]), value)
    else:
        for item in value.values():
            yield from _in_value(getattr(field, "field", None), item)


def _field(document_class: Any, name: str) -> Any:  # noqa: ANN401  as above
    attribute = document_class._reverse_db_field_map.get(name, name)  # noqa: SLF001  MongoEngine has no public name for it
    return document_class._fields.get(attribute)


def _field_at(document_class: Any, path: str) -> Any:  # noqa: ANN401  as above
    """Follow a dotted path; positions in lists (`0`, `$`, `$[]`) stay at the list, whose items are then looked at."""
    first, *rest = path.split(".")
    field = _field(document_class, first)
    for part in rest:
        if part.isdigit() or part.startswith("$"):
            continue
        inner = getattr(field, "field", None) or field
        holder = getattr(inner, "document_type", None)
        field = (
            _field(holder, part) if isinstance(inner, fields.EmbeddedDocumentField) else getattr(field, "field", None)
        )
    return field
