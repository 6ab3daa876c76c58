"""A MongoClient that looks for a server no longer than it was told to, also under `pymongo.timeout`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pymongo
from pymongo import MongoClient
from pymongo.typings import _DocumentType

if TYPE_CHECKING:
    from pymongo.synchronous.server import Server


class PromptMongoClient(MongoClient[_DocumentType]):
    """PyMongo (4.20) lets a `pymongo.timeout` take the place of serverSelectionTimeoutMS, whichever is longer.

    The specification wants the shorter of the two: without a server in sight a request of 30 s would wait for all of
    them. Source: github.com/mongodb/specifications, client-side-operations-timeout, "Server Selection".
    """

    def _select_server(self, *args: Any, **kwargs: Any) -> Server:  # noqa: ANN401  PyMongo's own
        with pymongo.timeout(self.options.server_selection_timeout):  # a shorter one round it stays in force
            return super()._select_server(*args, **kwargs)
