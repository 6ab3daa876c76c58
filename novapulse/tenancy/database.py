"""PyMongo's Database, scoped: it hands out scoped collections and refuses what goes past them."""
# ruff: noqa: ANN401  the signatures are PyMongo's

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pymongo.database import Database
from pymongo.read_preferences import ReadPreference
from pymongo.typings import _DocumentType

from novapulse.tenancy.collection import ScopedCollection
from novapulse.tenancy.family import SERVER_DATABASES
from novapulse.tenancy.platform_collection import PlatformCollection
from novapulse.tenancy.refusal import fail_closed, require_across

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from bson.codec_options import CodecOptions
    from pymongo.collection import Collection
    from pymongo.read_concern import ReadConcern
    from pymongo.read_preferences import _ServerMode
    from pymongo.write_concern import WriteConcern

    from novapulse.tenancy.client import ScopedMongoClient

SCOPED: Final = frozenset({"command", "dereference", "get_collection", "with_options"})
HARMLESS: Final = frozenset(
    {
        "client",
        "codec_options",
        "name",
        "next",  # always a TypeError
        "platform_collections",
        "read_concern",
        "read_preference",
        "write_concern",
    },
)
# They tell of the server, not of anybody's data.
_HARMLESS_COMMANDS: Final = frozenset(
    {"buildinfo", "connectionstatus", "hello", "ismaster", "ping", "replsetgetstatus", "serverstatus"},
)


@fail_closed(allowed=SCOPED | HARMLESS)
class ScopedDatabase(Database[_DocumentType]):
    """A database whose collections are all scoped, except the platform's.

    Raises ScopeViolation for commands and for whatever belongs to the whole database outside `across_tenants`.
    """

    _client: ScopedMongoClient[_DocumentType]

    def __init__(self, client: ScopedMongoClient[_DocumentType], name: str, *args: Any, **kwargs: Any) -> None:
        """Take what PyMongo's Database takes. The server's own databases hold no collection of the platform."""
        super().__init__(client, name, *args, **kwargs)
        self.platform_collections = frozenset() if name in SERVER_DATABASES else client.platform_collections

    def __getitem__(self, name: str) -> Collection[_DocumentType]:
        """Return a scoped collection, or one of the platform."""
        return self.get_collection(name)

    def get_collection(
        self,
        name: str,
        codec_options: CodecOptions[Any] | None = None,
        read_preference: _ServerMode | None = None,
        write_concern: WriteConcern | None = None,
        read_concern: ReadConcern | None = None,
    ) -> Collection[_DocumentType]:
        """Return a scoped collection, or one of the platform, with options; read from the primary unless told so here.

        The client's read preference is for reads that may be stale, and each of them says so (`staleness.relaxed`).
        """
        kind = PlatformCollection if name in self.platform_collections else ScopedCollection
        return kind(
            self,
            name,
            codec_options=codec_options,
            read_preference=read_preference or ReadPreference.PRIMARY,
            write_concern=write_concern,
            read_concern=read_concern,
        )

    def with_options(
        self,
        codec_options: CodecOptions[Any] | None = None,
        read_preference: _ServerMode | None = None,
        write_concern: WriteConcern | None = None,
        read_concern: ReadConcern | None = None,
    ) -> Database[Any]:
        """Return the same database with other options, as closed as this one."""
        return type(self)(
            self._client,
            self._name,
            codec_options=codec_options or self.codec_options,
            read_preference=read_preference or self.read_preference,
            write_concern=write_concern or self.write_concern,
            read_concern=read_concern or self.read_concern,
        )

    def command(self, command: str | MutableMapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Run one of the few commands that tell of the server only; any other needs `across_tenants`."""
        name = command if isinstance(command, str) else next(iter(command), "")
        if name.lower() not in _HARMLESS_COMMANDS:
            require_across(f"The command {name}")
        return super().command(command, *args, **kwargs)

    def create_collection(self, name: str, *args: Any, **kwargs: Any) -> Collection[_DocumentType]:
        """Create a collection and return it scoped."""
        created = super().create_collection(name, *args, **kwargs)
        return self.get_collection(
            name, created.codec_options, created.read_preference, created.write_concern, created.read_concern
        )
