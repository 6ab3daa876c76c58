"""A collection of the platform: no tenant's data, hence no scope, but no way into tenant data either."""
# ruff: noqa: A002, ANN401  the signatures are PyMongo's

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pymongo.read_preferences import ReadPreference
from pymongo.typings import _DocumentType

from novapulse.tenancy.family import ScopedFamily
from novapulse.tenancy.pipeline import Reader, scoped_pipeline
from novapulse.tenancy.refusal import check_command_options, fail_closed
from novapulse.tenancy.scope import active, goes_across

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymongo.command_cursor import CommandCursor
    from pymongo.cursor import RawBatchCursor

    from novapulse.tenancy.database import ScopedDatabase

CHECKED: Final = frozenset(
    {
        "aggregate",
        "aggregate_raw_batches",
        "count_documents",
        "distinct",
        "estimated_document_count",
        "find_one_and_delete",
        "find_one_and_replace",
        "find_one_and_update",
        "with_options",
    },
)
FREE: Final = frozenset(
    {
        "admitted",
        "bulk_write",
        "codec_options",
        "database",
        "delete_many",
        "delete_one",
        "find",
        "find_one",
        "find_raw_batches",
        "full_name",
        "index_information",
        "insert_many",
        "insert_one",
        "list_indexes",
        "name",
        "next",  # always a TypeError
        "read_concern",
        "read_preference",
        "replace_one",
        "update_many",
        "update_one",
        "write_concern",
    },
)


@fail_closed(allowed=CHECKED | FREE)
class PlatformCollection(ScopedFamily[_DocumentType]):
    """A collection that no company owns, such as `companies` or `identities`.

    Raises ScopeViolation or ScopeMissing when a call would reach into tenant data: by a join, or by a keyword that
    PyMongo would merge into the command.
    """

    def __init__(self, database: ScopedDatabase[_DocumentType], name: str, **options: Any) -> None:
        """Take what PyMongo's Collection takes; what is read here decides, so it always comes from the primary."""
        super().__init__(database, name, **{**options, "read_preference": ReadPreference.PRIMARY})

    def aggregate(
        self, pipeline: Sequence[Mapping[str, Any]], *args: Any, **kwargs: Any
    ) -> CommandCursor[_DocumentType]:
        """Run a pipeline; tenant collections that it joins are narrowed to the bound company."""
        return super().aggregate(self._pipeline(pipeline, kwargs), *args, **kwargs)

    def aggregate_raw_batches(
        self, pipeline: Sequence[Mapping[str, Any]], *args: Any, **kwargs: Any
    ) -> RawBatchCursor[_DocumentType]:
        """Run a pipeline for batches of raw BSON."""
        return super().aggregate_raw_batches(self._pipeline(pipeline, kwargs), *args, **kwargs)

    def count_documents(self, filter: Mapping[str, Any], *args: Any, **kwargs: Any) -> int:
        """Count documents."""
        check_command_options(kwargs)
        return super().count_documents(filter, *args, **kwargs)

    def estimated_document_count(self, comment: Any | None = None, **kwargs: Any) -> int:
        """Estimate the number of documents."""
        check_command_options(kwargs)
        return super().estimated_document_count(comment, **kwargs)

    def distinct(
        self,
        key: str,
        filter: Mapping[str, Any] | None = None,
        *args: Any,
        query: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        """List the distinct values of a field; `query` is what cursors say for `filter`."""
        check_command_options(kwargs)
        return super().distinct(key, filter or query, *args, **kwargs)

    def find_one_and_update(self, filter: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Update a document and return it."""
        check_command_options(kwargs)
        return super().find_one_and_update(filter, *args, **kwargs)

    def find_one_and_replace(self, filter: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Replace a document and return it."""
        check_command_options(kwargs)
        return super().find_one_and_replace(filter, *args, **kwargs)

    def find_one_and_delete(self, filter: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Delete a document and return it."""
        check_command_options(kwargs)
        return super().find_one_and_delete(filter, *args, **kwargs)

    def admitted(self, operation: Any) -> Any:
        """Return the bulk operation as it is."""
        return operation

    def _pipeline(self, pipeline: Sequence[Mapping[str, Any]], options: dict[str, Any]) -> Sequence[Mapping[str, Any]]:
        if goes_across():
            return pipeline
        check_command_options(options)
        reader = Reader(active(), self._platform_collections, reads_platform=True)
        return scoped_pipeline(pipeline, reader=reader)
