"""PostgreSQL: Django's own tables, which Django reaches by connections of its own. This one asks how it is.

Fails closed: a ping that does not come back in time raises TimedOut, one that nobody takes Unavailable.
"""

from __future__ import annotations

import os
import select
import threading
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.errors import ConnectionTimeout
from psycopg.pq import ExecStatus

from novapulse import clock
from novapulse.data.provider import Provider
from novapulse.errors import TimedOut, Unavailable
from novapulse.resilience.bulkhead import Bulkhead
from novapulse.resilience.guard import Guard
from novapulse.resilience.rules import Rules
from novapulse.telemetry import calls

Connection = psycopg.Connection[Any]

_ONE_CONNECTION: Final = 1
_WAITING: Final = 4
_QUESTION: Final = b"SELECT 1"
_RULES: Final = Rules(
    first_seconds=1.0,
    longest_seconds=5.0,  # a probe costs PostgreSQL nothing
    connections=(psycopg.OperationalError, TimeoutError),
)


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """Where PostgreSQL is and how long to wait for it: libpq counts in whole seconds."""

    url: str
    connect_seconds: int = 2
    answer_seconds: float = 2.0
    application: str = "novapulse"


class PostgresProvider(Provider[Connection]):
    """PostgreSQL behind the provider interface, by one connection that takes one question at a time."""

    name = "postgresql"

    def __init__(self, options: PostgresOptions) -> None:
        """Take the options."""
        self.options = options
        room = Bulkhead(self.name, slots=_ONE_CONNECTION, waiting=_WAITING, wait_seconds=options.answer_seconds)
        self.guard = Guard(self.name, bulkhead=room, rules=_RULES)
        self.breaker = self.guard.breaker
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._is_asking = False
        os.register_at_fork(after_in_child=self._forget)

    def client(self) -> Connection:
        """Give the connection of this process; raise what psycopg raises where there is none to be had."""
        with self._lock:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(
                    self.options.url,
                    autocommit=True,
                    connect_timeout=self.options.connect_seconds,
                    application_name=self.options.application,
                )
            return self._connection

    def ping(self) -> None:
        """Ask the server for an answer, behind the guard."""
        try:
            self.guard.call(self._ask)
        except (TimeoutError, ConnectionTimeout) as error:
            raise TimedOut("PostgreSQL did not answer in time.") from error
        except psycopg.Error as error:
            raise Unavailable("PostgreSQL does not answer.") from error

    def pool(self) -> dict[str, int]:
        """Give open, in_use, max of this connection; Django's belong to its threads."""
        is_open = self._connection is not None and not self._connection.closed
        return {"open": int(is_open), "in_use": int(is_open and self._is_asking), "max": _ONE_CONNECTION}

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(self) -> None:
        self._is_asking = True
        try:
            connection = self.client()
            with calls.telling(calls.POSTGRESQL, "SELECT", target=self.name):
                _answer_within(connection, seconds=self.options.answer_seconds)
        except BaseException:
            self.close()  # what comes late would be taken for the answer to the next question
            raise
        finally:
            self._is_asking = False

    def _forget(self) -> None:
        # A child of a fork shares its parent's socket: it must not even close it.
        self._left_to_parent, self._connection = self._connection, None
        self._lock, self._is_asking = threading.Lock(), False


def _answer_within(connection: Connection, *, seconds: float) -> None:
    """Ask and wait: psycopg itself waits without end, and a server that hangs cannot mind its statement_timeout."""
    ends_at = clock.monotonic() + seconds
    wire = connection.pgconn
    wire.send_query(_QUESTION)
    while wire.is_busy():
        if not select.select([wire.socket], [], [], max(0.0, ends_at - clock.monotonic()))[0]:
            raise TimeoutError
        wire.consume_input()
    answers = list(iter(wire.get_result, None))
    if not answers or any(answer.status != ExecStatus.TUPLES_OK for answer in answers):
        raise psycopg.OperationalError("The server ended the connection or refused the question.")
