"""Transactions of Django's own connection, PostgreSQL, that keep the deadline of the request."""

from __future__ import annotations

from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from psycopg.errors import QueryCanceled

from novapulse.errors import TimedOut
from novapulse.resilience import deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SET_TIMEOUT = "SELECT set_config('statement_timeout', %s, true)"  # SET LOCAL, with the figure as a parameter


@contextmanager
def atomic(*, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Run the block in a transaction each of whose statements ends, also on the server, when the deadline does.

    Fails closed: raises TimedOut, before sending a statement for which no time is left or when the server has ended
    one, and rolls back. Without a deadline it is Django's own `atomic`. Costs one short round trip per statement, since
    PostgreSQL bounds each by itself.
    """
    connection = connections[using]
    try:
        with transaction.atomic(using=using), connection.execute_wrapper(_within_deadline):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TimedOut("The database did not answer in time.", phase="database") from error
        raise


def _within_deadline(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: ANN401, FBT001  Django's signature
    running = deadline.current()
    if running is not None:
        running.check()
        with context["connection"].wrap_database_errors:
            context["cursor"].cursor.execute(_SET_TIMEOUT, [str(ceil(running.remaining() * 1000))])
    return execute(sql, params, many, context)
