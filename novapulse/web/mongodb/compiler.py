"""How Django's queries become MongoDB's: sorted by an index where there is one, and never a write.

django-mongodb-backend (5.2.4) puts `{"$addFields": {"created_at": "$created_at"}}` before every `$sort`, and a
`$project` where something is counted. Neither changes what is found, but no index can serve a sort behind them: the
first page of 200,000 documents took 134 ms, and takes 5. And what is counted is fetched for the sake of fields that
nobody reads: to count 10,000 by the keys of an index alone takes 7 ms instead of 20.

Where many indexes could serve, MongoDB tries them all for as long as none has found anything, and the last page begins
behind 10,000 keys: half a second. So a model may say which one (`hints`): by the fields that are asked for by their
value, and the field that is sorted by, the name of the index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from django.db import NotSupportedError
from django_mongodb_backend import compiler
from django_mongodb_backend.query import MongoQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.command_cursor import CommandCursor

_NARROWING: Final = frozenset({"$sort", "$skip", "$limit"})


class IndexedQuery(MongoQuery):
    """A query whose sort an index may serve."""

    extra_fields: dict[str, Any] | None

    def get_cursor(self) -> CommandCursor[dict[str, Any]]:
        """Send it, with the index that the model names for it."""
        pipeline = self.get_pipeline()
        hint = _hint(pipeline, hints=getattr(self.query.model, "hints", {}))
        chosen = {} if hint is None else {"hint": hint}
        found: CommandCursor[dict[str, Any]] = self.compiler.collection.aggregate(pipeline, **chosen)
        return found

    def get_pipeline(self) -> list[dict[str, Any]]:
        """Give the pipeline without fields that are added under the names that they have, and project last."""
        if self.extra_fields:
            self.extra_fields = _really_new(self.extra_fields)
        return _counting_keys(_projecting_last(super().get_pipeline()))


def _projecting_last(pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort and cut before fields are chosen, where they are only chosen: what is left is the same."""
    found = list(pipeline)
    for place in range(len(found) - 1):
        if _only_chooses(found[place]) and found[place + 1].keys() <= _NARROWING:
            found[place], found[place + 1] = found[place + 1], found[place]
    return found


def _counting_keys(pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose no fields before what counts: it then says itself which it reads, and that may be none."""
    counted = zip(pipeline, [*pipeline[1:], {}], strict=True)
    return [stage for stage, following in counted if not (_only_chooses(stage) and "$facet" in following)]


def _hint(pipeline: list[dict[str, Any]], *, hints: Mapping[tuple[str, ...], str]) -> str | None:
    """Give the first of the hints of which the pipeline begins with the fields."""
    match: dict[str, Any] = next((stage["$match"] for stage in pipeline[:1] if "$match" in stage), {})
    asked = {name for each in match.get("$and", [match]) for name, value in each.items() if not isinstance(value, dict)}
    order = next((next(iter(stage["$sort"])) for stage in pipeline[:2] if "$sort" in stage), None)
    found = (name for (*fields, sort), name in hints.items() if sort == order and asked.issuperset(fields))
    return next(found, None)


def _only_chooses(stage: Mapping[str, Any]) -> bool:
    chosen = stage.get("$project", {})
    return bool(chosen) and all(value == 1 for value in chosen.values())


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
