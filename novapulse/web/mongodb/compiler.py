"""How Django's queries become MongoDB's: sorted by an index where there is one, and never a write.

django-mongodb-backend (5.2.4) puts `{"$addFields": {"created_at": "$created_at"}}` before every `$sort`, and a
`$project` where something is counted. Neither changes what is found, but no index can serve a sort behind them: the
first page of 200,000 documents took 134 ms, and takes 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from django.db import NotSupportedError
from django_mongodb_backend import compiler
from django_mongodb_backend.query import MongoQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

_NARROWING: Final = frozenset({"$sort", "$skip", "$limit"})


class IndexedQuery(MongoQuery):
    """A query whose sort an index may serve."""

    extra_fields: dict[str, Any] | None

    def get_pipeline(self) -> list[dict[str, Any]]:
        """Give the pipeline without fields that are added under the names that they have, and project last."""
        if self.extra_fields:
            self.extra_fields = _really_new(self.extra_fields)
        return _projecting_last(super().get_pipeline())


def _projecting_last(pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort and cut before fields are chosen, where they are only chosen: what is left is the same."""
    found = list(pipeline)
    for place in range(len(found) - 1):
        chosen = found[place].get("$project")
        if chosen and all(value == 1 for value in chosen.values()) and found[place + 1].keys() <= _NARROWING:
            found[place], found[place + 1] = found[place + 1], found[place]
    return found


def _really_new(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    return {name: value for name, value in fields.items() if value != f"${name}"} or None


class SQLCompiler(compiler.SQLCompiler):
    """Reads documents."""

    query_class = IndexedQuery


class SQLAggregateCompiler(compiler.SQLAggregateCompiler):
    """Counts documents."""

    query_class = IndexedQuery


class _Refusing:
    """A compiler of writes: an ORM's would rewrite whole documents, past validation, audit and events."""

    def execute_sql(self, *_args: object, **_options: object) -> NoReturn:
        raise NotSupportedError("What is in MongoDB is changed by functions of its domain, not through Django's ORM.")


class SQLInsertCompiler(_Refusing, compiler.SQLInsertCompiler):
    """Refuses to insert."""


class SQLUpdateCompiler(_Refusing, compiler.SQLUpdateCompiler):
    """Refuses to update."""


class SQLDeleteCompiler(_Refusing, compiler.SQLDeleteCompiler):
    """Refuses to delete."""
