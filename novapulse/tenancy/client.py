"""PyMongo's MongoClient, scoped: the one place where tenancy begins, since every path starts at the client."""
# ruff: noqa: ANN401  the signatures are PyMongo's

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pymongo.message import _Query
from pymongo.typings import _DocumentType

from novapulse.data.prompt_client import PromptMongoClient
from novapulse.tenancy.cursor import check_query
from novapulse.tenancy.database import ScopedDatabase
from novapulse.tenancy.refusal import check_arguments, fail_closed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.client_session import ClientSession
    from pymongo.database import Database
    from pymongo.results import ClientBulkWriteResult

SCOPED: Final = frozenset({"bulk_write", "get_database", "get_default_database"})
HARMLESS: Final = frozenset(
    {
        "HOST",
        "PORT",
        "address",
        "append_metadata",
        "arbiters",
        "close",
        "codec_options",
        "eq_props",
        "guarded_by",
        "is_mongos",
        "is_primary",
        "next",  # always a TypeError
        "nodes",
        "options",
        "platform_collections",
        "primary",
        "read_concern",
        "read_preference",
        "secondaries",
        "server_info",
        "start_session",
        "topology_description",
        "write_concern",
    },
)


@fail_closed(allowed=SCOPED | HARMLESS)
class ScopedMongoClient(PromptMongoClient[_DocumentType]):
    """A MongoClient whose databases and collections obey the scope. Fails closed: what is not named is a tenant's.

    platform_collections: the names of the collections that belong to no company; all others are scoped.
    """

    def __init__(self, *args: Any, platform_collections: frozenset[str], **kwargs: Any) -> None:
        """Take what MongoClient takes, and the names of the platform's collections."""
        # First, since MongoClient answers for an attribute that it does not have with a database of that name.
        self.platform_collections = platform_collections
        super().__init__(*args, **kwargs)

    def __getitem__(self, name: str) -> Database[_DocumentType]:
        """Return a scoped database."""
        return ScopedDatabase(self, name)

    def get_database(self, name: str | None = None, *args: Any, **kwargs: Any) -> Database[_DocumentType]:
        """Return a scoped database, by default the one that the URI names."""
        return self._scoped(super().get_database(name, *args, **kwargs))

    def get_default_database(self, default: str | None = None, *args: Any, **kwargs: Any) -> Database[_DocumentType]:
        """Return the scoped database that the URI names."""
        return self._scoped(super().get_default_database(default, *args, **kwargs))

    def bulk_write(
        self, models: Sequence[Any], session: ClientSession | None = None, *args: Any, **kwargs: Any
    ) -> ClientBulkWriteResult:
        """Send writes to several collections, each scoped as its collection demands (MongoDB 8)."""
        check_arguments(args, kwargs)
        admitted = [self._admitted(model) for model in models]
        # The bound session is passed, since PyMongo 4.20 forgets it when it looks at the write concern.
        return super().bulk_write(admitted, session or self._get_bound_session(), *args, **kwargs)

    def _run_operation(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        # Every cursor of this client, by whatever hands it was made, comes through here to open and to read on.
        if isinstance(operation, _Query):
            check_query(operation, platform_collections=self.platform_collections)
        return super()._run_operation(operation, *args, **kwargs)

    def _admitted(self, model: Any) -> Any:
        namespace = getattr(model, "_namespace", None)
        if not namespace:
            return model  # PyMongo refuses it
        database, _, collection = namespace.partition(".")
        target: Any = self[database][collection]
        return target.admitted(model)

    def _scoped(self, database: Database[_DocumentType]) -> Database[_DocumentType]:
        return ScopedDatabase(
            self,
            database.name,
            codec_options=database.codec_options,
            read_preference=database.read_preference,
            write_concern=database.write_concern,
            read_concern=database.read_concern,
        )
