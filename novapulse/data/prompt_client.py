"""A MongoClient that keeps its time: it looks for a server no longer than it was told to, and stays within a bound.

PyMongo's own bound, `pymongo.timeout`, sets the socket's timeout several times a call, and each time another thread
may take the interpreter: on a busy server that is a good part of a short read. `bounded` leaves a call to the socket's
own timeout as long as that ends in time, and hands over to `pymongo.timeout` when less is left.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pymongo
from pymongo import MongoClient, _csot
from pymongo.errors import ServerSelectionTimeoutError
from pymongo.typings import _DocumentType

from novapulse import clock
from novapulse.resilience.breaker import CircuitOpen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from pymongo.client_session import ClientSession
    from pymongo.synchronous.server import Server

    from novapulse.resilience.breaker import Breaker

_SHORTEST_SECONDS = 0.001  # zero would mean no bound at all


class _Bound:
    """When the calls of one piece of work must be over, and PyMongo's timeout once it is needed."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = clock.monotonic() + seconds
        self.timeout: AbstractContextManager[object] | None = None

    def left(self) -> float:
        return max(self.ends_at - clock.monotonic(), _SHORTEST_SECONDS)


_bound: ContextVar[_Bound | None] = ContextVar("novapulse_mongo_bound", default=None)


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Bound all MongoDB calls inside together, retries included; it does not reach other threads.

    What is over time raises a PyMongoError with `timeout` set. A try of a call that began while there was time for the
    longest that the client's own timeouts let it take (search, queue, connecting, answer) ends by those.
    """
    bound = _Bound(seconds)
    token = _bound.set(bound)
    try:
        yield
    finally:
        _bound.reset(token)
        if bound.timeout is not None:
            bound.timeout.__exit__(None, None, None)


def seconds_left(at_most: float) -> float:
    """Tell how long work may take that wants `at_most` seconds: the rest of the bound where that is less."""
    bound = _bound.get()
    return at_most if bound is None else min(at_most, bound.left())


def rest_of_callers_time(at_most: float) -> float:
    """Tell how much of the caller's time is left, by the bound and by a `pymongo.timeout` of its own."""
    by_driver = _csot.remaining()
    return seconds_left(at_most if by_driver is None else min(at_most, by_driver))


class PromptMongoClient(MongoClient[_DocumentType]):
    """A client that searches no longer than it was told to, and not at all while its breaker is open.

    PyMongo (4.20) lets a `pymongo.timeout` take the place of serverSelectionTimeoutMS, whichever is longer.

    The specification wants the shorter of the two: without a server in sight a request of 30 s would wait for all of
    them. Source: github.com/mongodb/specifications, client-side-operations-timeout, "Server Selection".
    """

    _breaker: Breaker | None = None

    def guarded_by(self, breaker: Breaker) -> None:
        """Search for servers behind this breaker from now on: open, it refuses as if none had been found, at once."""
        self._breaker = breaker

    def _select_server(self, *args: Any, **kwargs: Any) -> Server:  # noqa: ANN401  PyMongo's own
        # Every try of every operation begins here.
        if self._breaker is None or _is_under_way(args[1]):
            return self._search(*args, **kwargs)
        try:
            server: Server = self._breaker.call(self._search, *args, **kwargs)
        except CircuitOpen as error:
            raise ServerSelectionTimeoutError("MongoDB was not there, and is left alone for a while.") from error
        return server

    def _search(self, *args: Any, **kwargs: Any) -> Server:  # noqa: ANN401  as above
        options = self.options
        pool = options.pool_options
        own = (options.server_selection_timeout, pool.wait_queue_timeout, pool.connect_timeout, pool.socket_timeout)
        _keep_in_bound(own)
        with pymongo.timeout(options.server_selection_timeout):  # a shorter one round it stays in force
            return super()._select_server(*args, **kwargs)


def _is_under_way(session: ClientSession | None) -> bool:
    """Tell whether a transaction has begun on the server: it goes on, since its end must be found out."""
    return session is not None and session.in_transaction and not session._transaction.starting()  # noqa: SLF001  PyMongo's own


def _keep_in_bound(own_timeouts: tuple[float | None, ...]) -> None:
    bound = _bound.get()
    if bound is None or _csot.get_timeout() is not None:
        return
    left = bound.left()
    if None in own_timeouts or left < sum(filter(None, own_timeouts)):
        bound.timeout = pymongo.timeout(left)
        bound.timeout.__enter__()  # until the bound is left
