"""A connection to PostgreSQL that waits for nothing longer than the deadline in force lets it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from psycopg.errors import _WaitTimeout

from novapulse.resilience import deadline

if TYPE_CHECKING:
    from psycopg.abc import PQGen

T = TypeVar("T")

_CANCEL_SECONDS: Final = 0.1
_INTERVAL_SECONDS: Final = 0.1  # psycopg's own: how often it looks for a Ctrl-C


class OutOfTime(psycopg.OperationalError):
    """The server has not answered within the caller's time; what it was asked may be done or not."""


class PromptConnection(psycopg.Connection[Any]):
    """psycopg's connection, every wait of which (statement, commit, rollback) ends with the deadline.

    Then the server is asked to cancel the statement, and the connection is closed: an answer that comes late would be
    taken for that of the next statement. Without a deadline it waits as psycopg does.
    """

    def wait(self, gen: PQGen[T], interval: float = _INTERVAL_SECONDS, timeout: float | None = None) -> T:
        """Wait for the generator; raise OutOfTime."""
        running = deadline.current()
        if running is None:
            return super().wait(gen, interval, timeout)
        left = running.remaining()
        if not left:
            self.pgconn.finish()  # its transaction ends with it
            raise OutOfTime("There is no time left to ask PostgreSQL.")
        try:
            return super().wait(gen, interval, left if timeout is None else timeout)
        except _WaitTimeout as error:
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=_CANCEL_SECONDS)
            self.pgconn.finish()
            raise OutOfTime("PostgreSQL has not answered within the deadline.") from error
