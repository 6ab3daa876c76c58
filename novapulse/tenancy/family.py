"""What the two kinds of collection share: whatever is reached from one of them is again one of them."""
# ruff: noqa: ANN401  the signatures are PyMongo's

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pymongo.collection import Collection
from pymongo.typings import _DocumentType

if TYPE_CHECKING:
    from bson.codec_options import CodecOptions
    from pymongo.read_concern import ReadConcern
    from pymongo.read_preferences import _ServerMode
    from pymongo.write_concern import WriteConcern

    from novapulse.tenancy.database import ScopedDatabase

SERVER_DATABASES: Final = frozenset({"admin", "config", "local"})
_SERVER_PREFIXES: Final = ("system.", "$")


class ScopedFamily(Collection[_DocumentType]):
    """A collection of a scoped database."""

    _database: ScopedDatabase[_DocumentType]

    def __init__(self, database: ScopedDatabase[_DocumentType], name: str, *args: Any, **kwargs: Any) -> None:
        """Take what PyMongo's Collection takes."""
        super().__init__(database, name, *args, **kwargs)
        self._reserved = database.name in SERVER_DATABASES or name.startswith(_SERVER_PREFIXES)
        self._platform_collections = database.platform_collections

    def _write_concern_for(self, session: Any) -> WriteConcern:
        # PyMongo 4.20 asks only the session that is passed, not the one that is bound, and would then send the client's
        # write concern with each command of a transaction, which MongoDB refuses.
        return super()._write_concern_for(session or self._database.client._get_bound_session())  # noqa: SLF001  PyMongo shows it nowhere else

    def __getitem__(self, name: str) -> Collection[_DocumentType]:
        """Return a sub-collection, which is the platform's only if it is named as such itself."""
        return self._database.get_collection(
            f"{self._name}.{name}",
            codec_options=self.codec_options,
            read_preference=self.read_preference,
            write_concern=self.write_concern,
            read_concern=self.read_concern,
        )

    def with_options(
        self,
        codec_options: CodecOptions[Any] | None = None,
        read_preference: _ServerMode | None = None,
        write_concern: WriteConcern | None = None,
        read_concern: ReadConcern | None = None,
    ) -> Collection[Any]:
        """Return the same collection with other options, as closed as this one."""
        return type(self)(
            self._database,
            self._name,
            codec_options=codec_options or self.codec_options,
            read_preference=read_preference or self.read_preference,
            write_concern=write_concern or self.write_concern,
            read_concern=read_concern or self.read_concern,
        )
