"""Transactions that were given up: the server hears of it at once, or as soon as it can be reached.

Otherwise it would keep their locks for a minute (transactionLifetimeLimitSeconds), and every other writer of the same
documents would meet a conflict for so long.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

import pymongo
from pymongo.errors import AutoReconnect, ConnectionFailure, PyMongoError, ServerSelectionTimeoutError

from novapulse import clock
from novapulse.resilience.background import Background

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession

_AT_ONCE_SECONDS: Final = 1.0
_TRY_SECONDS: Final = 10.0  # PyMongo sends nothing where less is left than a round trip has been taking
_AGAIN_SECONDS: Final = 0.5
_LOCKED_SECONDS: Final = 60.0  # by then the server has ended it by itself
_DATABASE: Final = "novapulse"  # where the URI names none
_NOTHING: Final = {"find": "abandoned", "limit": 1}

room = Background("abandoned-transactions", threads=4, waiting=100)


def roll_back(session: ClientSession) -> bool:
    """End the transaction under way, within a second and the caller's time; tell whether the server has heard of it."""
    if not session.in_transaction:
        return True
    if session._transaction.starting():  # noqa: SLF001  PyMongo's own; nothing was sent
        session.abort_transaction()
        return True
    try:
        with pymongo.timeout(_AT_ONCE_SECONDS):
            session._finish_transaction_with_retry("abortTransaction")  # noqa: SLF001  the public one hides its errors
    except PyMongoError as error:
        return _is_answer(error)
    finally:
        session._transaction.reset()  # noqa: SLF001  as above
    return True


def has_lost_an_answer(error: BaseException) -> bool:
    """Tell whether the error, or one that led to it, has cut a command off: it may reach the server after all."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, AutoReconnect) and not isinstance(seen, ServerSelectionTimeoutError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def end_later(session: ClientSession) -> None:
    """End a session, and the transaction in it that the server may still hold open, while the answer goes out.

    The session is this function's from then on. Fails open: what finds no room is left to the server's own limit.
    """
    room.submit(partial(_end, session))


def _end(session: ClientSession) -> None:
    gives_up_at = clock.monotonic() + _LOCKED_SECONDS
    while not _is_over(session) and clock.monotonic() < gives_up_at:
        time.sleep(_AGAIN_SECONDS)
    session.end_session()


def _is_over(session: ClientSession) -> bool:
    """Begin another transaction: that ends the one before it, also one whose beginning is still on its way.

    To abort would not do: of a transaction that it has not seen yet the server remembers nothing, and one that begins
    on a connection which was given up meanwhile would stay.
    """
    client = session.client
    database = client.get_default_database(_DATABASE).name
    with pymongo.timeout(_TRY_SECONDS):
        session.start_transaction()
        try:
            with client._conn_for_writes(session, "find") as connection:  # noqa: SLF001  not for a scoped collection's eyes: it reads nothing
                connection.command(database, dict(_NOTHING), session=session, client=client, publish_events=False)
        except PyMongoError as error:
            return _is_answer(error)
        finally:
            session.abort_transaction()
    return True


def _is_answer(error: PyMongoError) -> bool:
    return not error.timeout and not isinstance(error, ConnectionFailure)
