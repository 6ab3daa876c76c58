"""PyMongo's Collection, scoped: every method is narrowed to the bound company, harmless, or refused.

The order of the parameters and their names are PyMongo's, since MongoEngine and PyMongo itself call these methods.
"""
# ruff: noqa: A002, ANN401  the signatures are PyMongo's

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pymongo.typings import _DocumentType

from novapulse.tenancy.family import ScopedFamily
from novapulse.tenancy.filters import narrowed
from novapulse.tenancy.operations import scoped_operation
from novapulse.tenancy.pipeline import Reader, scoped_pipeline
from novapulse.tenancy.refusal import check_arguments, check_command_options, fail_closed
from novapulse.tenancy.scope import Scope, ScopeMissing, ScopeViolation, active, goes_across
from novapulse.tenancy.stamp import stamped
from novapulse.tenancy.updates import check_update

if TYPE_CHECKING:
    from pymongo.command_cursor import CommandCursor
    from pymongo.cursor import Cursor, RawBatchCursor
    from pymongo.results import BulkWriteResult, DeleteResult, InsertManyResult, InsertOneResult, UpdateResult


Filter = Mapping[str, Any]
Pipeline = Sequence[Mapping[str, Any]]
Update = Mapping[str, Any] | Pipeline

SCOPED: Final = frozenset(
    {
        "aggregate",
        "aggregate_raw_batches",
        "bulk_write",
        "count_documents",
        "delete_many",
        "delete_one",
        "distinct",
        "estimated_document_count",
        "find",
        "find_one",  # by way of `find`
        "find_one_and_delete",
        "find_one_and_replace",
        "find_one_and_update",
        "find_raw_batches",
        "insert_many",
        "insert_one",
        "replace_one",
        "update_many",
        "update_one",
        "with_options",
    },
)
HARMLESS: Final = frozenset(
    {
        "admitted",
        "codec_options",
        "database",
        "full_name",
        "index_information",
        "list_indexes",
        "name",
        "next",  # always a TypeError
        "read_concern",
        "read_preference",
        "write_concern",
    },
)


@fail_closed(allowed=SCOPED | HARMLESS)
class ScopedCollection(ScopedFamily[_DocumentType]):
    """A collection of tenant data.

    Raises, from every method, ScopeMissing when no company is bound and ScopeViolation when the call reaches for
    another company. Inside `across_tenants` it is PyMongo's own collection, but inserted documents must name their
    company and location.
    """

    def find(self, filter: Filter | None = None, *args: Any, **kwargs: Any) -> Cursor[_DocumentType]:
        """Query the company's documents."""
        return super().find(self._narrowed({} if filter is None else filter, args, kwargs), *args, **kwargs)

    def find_raw_batches(
        self, filter: Filter | None = None, *args: Any, **kwargs: Any
    ) -> RawBatchCursor[_DocumentType]:
        """Query the company's documents as batches of raw BSON."""
        narrow = self._narrowed({} if filter is None else filter, args, kwargs)
        return super().find_raw_batches(narrow, *args, **kwargs)

    def count_documents(self, filter: Filter, *args: Any, **kwargs: Any) -> int:
        """Count the company's documents."""
        return super().count_documents(self._commanded(filter, args, kwargs), *args, **kwargs)

    def estimated_document_count(self, comment: Any | None = None, **kwargs: Any) -> int:
        """Count the company's documents exactly: the server's estimate counts everybody's."""
        if self._scope() is None:
            return super().estimated_document_count(comment, **kwargs)
        return self.count_documents({}, comment=comment, **kwargs)

    def distinct(
        self, key: str, filter: Filter | None = None, *args: Any, query: Filter | None = None, **kwargs: Any
    ) -> list[Any]:
        """List the distinct values of a field among the company's documents; cursors say `query` for `filter`."""
        return super().distinct(key, self._commanded(filter or query or {}, args, kwargs), *args, **kwargs)

    def aggregate(self, pipeline: Pipeline, *args: Any, **kwargs: Any) -> CommandCursor[_DocumentType]:
        """Run a pipeline over the company's documents."""
        return super().aggregate(self._pipeline(pipeline, args, kwargs), *args, **kwargs)

    def aggregate_raw_batches(self, pipeline: Pipeline, *args: Any, **kwargs: Any) -> RawBatchCursor[_DocumentType]:
        """Run a pipeline over the company's documents, for batches of raw BSON."""
        return super().aggregate_raw_batches(self._pipeline(pipeline, args, kwargs), *args, **kwargs)

    def insert_one(self, document: Any, *args: Any, **kwargs: Any) -> InsertOneResult:
        """Insert a document of the company."""
        return super().insert_one(stamped(document, scope=self._scope()), *args, **kwargs)

    def insert_many(self, documents: Iterable[Any], *args: Any, **kwargs: Any) -> InsertManyResult:
        """Insert documents of the company."""
        scope = self._scope()
        return super().insert_many([stamped(document, scope=scope) for document in documents], *args, **kwargs)

    def update_one(self, filter: Filter, update: Update, *args: Any, **kwargs: Any) -> UpdateResult:
        """Update one of the company's documents."""
        return super().update_one(self._updated(filter, update, args, kwargs), update, *args, **kwargs)

    def update_many(self, filter: Filter, update: Update, *args: Any, **kwargs: Any) -> UpdateResult:
        """Update the company's documents."""
        return super().update_many(self._updated(filter, update, args, kwargs), update, *args, **kwargs)

    def replace_one(self, filter: Filter, replacement: Mapping[str, Any], *args: Any, **kwargs: Any) -> UpdateResult:
        """Replace one of the company's documents."""
        narrow = self._narrowed(filter, args, kwargs)
        return super().replace_one(narrow, stamped(replacement, scope=self._scope()), *args, **kwargs)

    def delete_one(self, filter: Filter, *args: Any, **kwargs: Any) -> DeleteResult:
        """Delete one of the company's documents."""
        return super().delete_one(self._narrowed(filter, args, kwargs), *args, **kwargs)

    def delete_many(self, filter: Filter, *args: Any, **kwargs: Any) -> DeleteResult:
        """Delete the company's documents."""
        return super().delete_many(self._narrowed(filter, args, kwargs), *args, **kwargs)

    def find_one_and_update(self, filter: Filter, update: Update, *args: Any, **kwargs: Any) -> Any:
        """Update one of the company's documents and return it."""
        check_command_options(kwargs)
        return super().find_one_and_update(self._updated(filter, update, args, kwargs), update, *args, **kwargs)

    def find_one_and_replace(self, filter: Filter, replacement: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Replace one of the company's documents and return it."""
        narrow = self._commanded(filter, args, kwargs)
        return super().find_one_and_replace(narrow, stamped(replacement, scope=self._scope()), *args, **kwargs)

    def find_one_and_delete(self, filter: Filter, *args: Any, **kwargs: Any) -> Any:
        """Delete one of the company's documents and return it."""
        return super().find_one_and_delete(self._commanded(filter, args, kwargs), *args, **kwargs)

    def bulk_write(self, requests: Sequence[Any], *args: Any, **kwargs: Any) -> BulkWriteResult:
        """Send several writes on the company's documents."""
        check_arguments(args, kwargs)
        return super().bulk_write([self.admitted(request) for request in requests], *args, **kwargs)

    def admitted(self, operation: Any) -> Any:
        """Return a bulk operation with the scope in it."""
        return scoped_operation(operation, scope=self._scope())

    def _scope(self) -> Scope | None:
        """Return the bound scope, or None across tenants."""
        scope = active()
        if scope is None:
            if goes_across():
                return None
            raise ScopeMissing(f"{self.full_name} holds tenant data and no company is bound.")
        if self._reserved:
            raise ScopeViolation(f"{self.full_name} belongs to the server: no company reads or writes it.")
        return scope

    def _narrowed(self, filter: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        scope = self._scope()
        if scope is None:
            return filter
        if args or kwargs:
            check_arguments(args, kwargs)
        return narrowed(filter, scope=scope)

    def _commanded(self, filter: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Narrow the filter of a method that merges its keywords into the command."""
        check_command_options(kwargs)
        return self._narrowed(filter, args, kwargs)

    def _updated(self, filter: Any, update: Update, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        scope = self._scope()
        if scope is not None:
            check_update(update, scope=scope)
        return self._narrowed(filter, args, kwargs)

    def _pipeline(self, pipeline: Pipeline, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pipeline:
        scope = self._scope()
        if scope is None:
            return pipeline
        check_command_options(kwargs)
        check_arguments(args, kwargs)
        return scoped_pipeline(pipeline, reader=Reader(scope, self._platform_collections))
