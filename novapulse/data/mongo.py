"""MongoDB: the truth. Writes are acknowledged by a majority and journaled; reads go to the primary unless relaxed.

Fails closed: a command that cannot be done raises Unavailable or TimedOut (see `trouble_of`).
Source of the options: https://www.mongodb.com/docs/manual/reference/connection-string-options/
"""
# ruff: noqa: ARG002  the signatures are PyMongo's

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient, errors, monitoring
from pymongo.uri_parser import parse_uri

from novapulse import clock, log
from novapulse.data import staleness
from novapulse.data.prompt_client import PromptMongoClient, bounded, rest_of_callers_time
from novapulse.data.provider import Provider
from novapulse.errors import TimedOut, Trouble, Unavailable
from novapulse.resilience import deadline
from novapulse.resilience.breaker import Breaker
from novapulse.resilience.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pymongo.database import Database

Document = dict[str, Any]

_logger = logging.getLogger(__name__)
_ROUND_TRIP_SECONDS = 0.1  # PyMongo gives up when less is left than a round trip has been taking
_NO_SUCH_INDEX = "hint provided does not correspond to an existing index"


@dataclass(frozen=True, slots=True)
class MongoOptions:
    """Where MongoDB is and how to talk to it; times in milliseconds.

    read_preference: the members that serve relaxed reads (`staleness.relaxed`); all others go to the primary.
    """

    uri: str
    max_pool_size: int = 10
    min_pool_size: int = 2
    max_idle_ms: int = 30_000
    server_selection_ms: int = 2_000
    connect_ms: int = 2_000
    socket_ms: int = 20_000
    heartbeat_ms: int = 1_000
    read_preference: str = "primary"
    application: str = "novapulse"
    listeners: tuple[Any, ...] = field(default=())

    def database_name(self) -> str:
        """Give the database that the URI names, `novapulse` where it names none."""
        return parse_uri(self.uri)["database"] or "novapulse"

    def as_client_arguments(self) -> dict[str, Any]:
        """Give the arguments of pymongo's MongoClient."""
        return {
            "host": self.uri,
            "appname": self.application,
            "maxPoolSize": self.max_pool_size,
            "minPoolSize": self.min_pool_size,
            "maxIdleTimeMS": self.max_idle_ms,
            "serverSelectionTimeoutMS": self.server_selection_ms,
            "connectTimeoutMS": self.connect_ms,
            "socketTimeoutMS": self.socket_ms,
            "heartbeatFrequencyMS": self.heartbeat_ms,  # a primary that hangs is noticed this and connect_ms later
            "waitQueueTimeoutMS": self.server_selection_ms,
            "readPreference": self.read_preference,
            **({} if self.read_preference == "primary" else {"maxStalenessSeconds": staleness.LEAST_SECONDS}),
            "w": "majority",
            "journal": True,
            "retryReads": True,
            "retryWrites": True,
            "uuidRepresentation": "standard",
            "tz_aware": True,
        }


def _breaker(options: MongoOptions) -> Breaker:
    """Make the breaker round the search for a server, which is where MongoDB being away shows.

    The pool of the driver is the bulkhead, and its one repetition of reads and writes the retry. A search has itself
    tried several times before it fails, so two in a row suffice; and it is nothing to the server, so it is soon tried
    again.
    """
    search_seconds = options.server_selection_ms / 1000
    rules = Rules(
        slow_seconds=search_seconds,
        connection_errors=2,
        first_seconds=2.0,
        longest_seconds=3.0,
        connections=(errors.ServerSelectionTimeoutError,),
        ignored=(errors.InvalidOperation, errors.ConfigurationError),
    )
    return Breaker("mongodb", rules=rules, seconds_left=rest_of_callers_time)


class PoolFigures(monitoring.ConnectionPoolListener):
    """Counts connections by the driver's own events (CMAP specification)."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self.open = 0
        self.in_use = 0
        self.moved_at = clock.monotonic()

    def _add(self, *, open: int = 0, in_use: int = 0) -> None:  # noqa: A002  the figure's name
        with self._lock:
            self.open += open
            self.in_use += in_use

    def connection_created(self, event: monitoring.ConnectionCreatedEvent) -> None:
        """Count one more."""
        self._add(open=1)

    def connection_closed(self, event: monitoring.ConnectionClosedEvent) -> None:
        """Count one less."""
        self._add(open=-1)

    def connection_checked_out(self, event: monitoring.ConnectionCheckedOutEvent) -> None:
        """Count one busy."""
        self._add(in_use=1)
        self.moved_at = clock.monotonic()

    def connection_checked_in(self, event: monitoring.ConnectionCheckedInEvent) -> None:
        """Count one idle."""
        self._add(in_use=-1)
        self.moved_at = clock.monotonic()

    def pool_created(self, event: monitoring.PoolCreatedEvent) -> None:
        """Nothing to count."""

    def pool_ready(self, event: monitoring.PoolReadyEvent) -> None:
        """Nothing to count."""

    def pool_cleared(self, event: monitoring.PoolClearedEvent) -> None:
        """Nothing to count."""

    def pool_closed(self, event: monitoring.PoolClosedEvent) -> None:
        """Nothing to count."""

    def connection_ready(self, event: monitoring.ConnectionReadyEvent) -> None:
        """Nothing to count."""

    def connection_check_out_started(self, event: monitoring.ConnectionCheckOutStartedEvent) -> None:
        """Nothing to count."""

    def connection_check_out_failed(self, event: monitoring.ConnectionCheckOutFailedEvent) -> None:
        """Nothing to count."""


class MongoProvider(Provider[MongoClient[Document]]):
    """MongoDB behind the provider interface."""

    name = "mongodb"

    def __init__(self, options: MongoOptions, *, client_class: Callable[..., MongoClient[Document]]) -> None:
        """Take the options, and the client class: the one that scopes every command to a company."""
        self.options = options
        self._client_class = client_class
        self._lock = threading.Lock()
        self._client: MongoClient[Document] | None = None
        self._database: Database[Document] | None = None
        self._figures = PoolFigures()
        self.breaker = _breaker(options)
        os.register_at_fork(after_in_child=self._forget)

    def client(self) -> MongoClient[Document]:
        """Give the client of this process."""
        if self._client is None:
            with self._lock:
                if self._client is None:
                    self._figures = PoolFigures()
                    listeners = (self._figures, *self.options.listeners)
                    client = self._client_class(**self.options.as_client_arguments(), event_listeners=listeners)
                    if isinstance(client, PromptMongoClient):
                        client.guarded_by(self.breaker)
                    self._client = client
        return self._client

    def database(self) -> Database[Document]:
        """Give the database that the URI names: the same object as long as the client is the same."""
        client, database = self.client(), self._database
        if database is None or database.client is not client:
            database = self._database = client[self.options.database_name()]
        return database

    def ping(self) -> None:
        """Ask the server for a pong, for as long as a search for a server may take."""
        try:
            with budget(self.options.server_selection_ms / 1000):
                self.client().admin.command("ping")
        except errors.PyMongoError as error:
            raise Unavailable("MongoDB does not answer.") from error

    def pool(self) -> dict[str, int]:
        """Give open, in_use, max."""
        return {"open": self._figures.open, "in_use": self._figures.in_use, "max": self.options.max_pool_size}

    def wedged_seconds(self) -> float:
        """Tell for how long every connection has been in use and none has come back; 0.0 where it is not so."""
        figures = self._figures
        return clock.monotonic() - figures.moved_at if figures.in_use >= self.options.max_pool_size else 0.0

    def close(self) -> None:
        """Close the client."""
        with self._lock:
            client, self._client = self._client, None
            self._figures = PoolFigures()  # what the old client still does in its threads is not ours any more
        if client is not None:
            client.close()

    def _forget(self) -> None:
        # A child of a fork shares its parent's sockets: it must not even close them.
        self._client, self._lock, self._figures = None, threading.Lock(), PoolFigures()


def budget(seconds: float) -> AbstractContextManager[object]:
    """Bound every MongoDB operation inside, retries included (pymongo.timeout; it does not reach other threads).

    A deadline that is nearer counts.
    """
    return bounded(seconds)


def trouble_of(error: BaseException) -> Trouble | None:
    """Put a driver's (or MongoEngine's) exception into our words, or give None where it tells of a mistake of ours.

    Unavailable: nothing was sent, or it was rolled back, so that a retry is safe. TimedOut: the answer was lost or
    late, and so is the knowledge of what was done.
    """
    seen: BaseException | None = error
    while seen is not None:
        trouble = _own_trouble_of(seen) if isinstance(seen, errors.PyMongoError) else None
        if trouble is not None:
            return trouble
        seen = seen.__cause__ or seen.__context__
    return None


def _own_trouble_of(error: errors.PyMongoError) -> Trouble | None:
    if error.has_error_label("UnknownTransactionCommitResult"):
        return TimedOut("The database did not confirm the change in time.", phase="database")
    if isinstance(error, errors.ServerSelectionTimeoutError | errors.WaitQueueTimeoutError):
        return Unavailable("The database does not answer; nothing was changed, so a retry is safe.")
    has_left_nothing = error.has_error_label("TransientTransactionError")
    if has_left_nothing and deadline.remaining(_ROUND_TRIP_SECONDS) == _ROUND_TRIP_SECONDS:
        return Unavailable("The database could not take the change now; nothing was changed, so a retry is safe.")
    if _NO_SUCH_INDEX in str(error):
        log.event(_logger, "index_missing", level=logging.ERROR, advice="run manage.py ensure_indexes --apply")
        return Unavailable("This list is being prepared; a retry is safe.")
    if error.timeout or isinstance(error, errors.ConnectionFailure) or has_left_nothing:
        return TimedOut("The database did not answer in time.", phase="database")
    return None
