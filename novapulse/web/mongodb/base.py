"""Django's backend for MongoDB behind the client that everything else uses, so that what holds for all holds here too.

The scope of a company narrows every query, the guard looks at every command, the deadline and the breaker bound it, and
there is one pool. It only reads: what the admin changes, domains change.

Fails closed, with django.db's errors as any backend does; what a client is told of them: `novapulse.web.problems`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_mongodb_backend import base
from django_mongodb_backend.operations import DatabaseOperations

from novapulse.data import registry

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.collection import Collection
    from pymongo.database import Database


class ReadingOperations(DatabaseOperations):
    """The backend's operations, with our compilers."""

    compiler_module = "novapulse.web.mongodb.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of Django's to the database of the provider `mongodb`; its settings name no server of their own."""

    ops_class = ReadingOperations

    @property
    def database(self) -> Database[dict[str, Any]]:
        """Give the provider's database; not kept, since a provider that was closed makes another."""
        return registry.provider("mongodb").database()  # type: ignore[attr-defined,no-any-return]  # MongoProvider's

    def get_collection(self, name: str, **_options: object) -> Collection[dict[str, Any]]:
        """Give the collection as the scope hands it out; a plain one, which the backend would make, knows none.

        Its times carry no zone, which Django's fields add.
        """
        database = self.database
        return database.get_collection(name, codec_options=database.codec_options.with_options(tz_aware=False))

    def get_new_connection(self, conn_params: object) -> MongoClient[dict[str, Any]]:  # noqa: ARG002  Django's signature
        """Give the provider's client."""
        return self.database.client

    def init_connection_state(self) -> None:
        """Ask the server nothing: the provider has its own ways to know that it is there."""
