"""A MongoClient that keeps its time: it looks for a server no longer than it was told to, and stays within a bound.

The bound is the deadline in force (`novapulse.resilience.deadline`). PyMongo's own, `pymongo.timeout`, sets the
socket's timeout several times a call, and each time another thread may take the interpreter: on a busy server that is a
good part of a short read. So a call is left to the socket's own timeout as long as that ends in time, and handed over
to `pymongo.timeout` when less is left.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pymongo
from pymongo import MongoClient, _csot
from pymongo.errors import ServerSelectionTimeoutError
from pymongo.typings import _DocumentType

from novapulse.resilience import deadline
from novapulse.resilience.breaker import CircuitOpen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.client_session import ClientSession
    from pymongo.synchronous.server import Server

    from novapulse.resilience.breaker import Breaker

_SHORTEST_SECONDS = 1e-6  # zero would mean no bound at all; over before a command could be sent
_ROUNDING_SECONDS = 1e-6


def seconds_left(at_most: float) -> float:
    """Tell how long PyMongo may take for work that wants `at_most` seconds: what remains, and never zero."""
    return max(deadline.remaining(at_most), _SHORTEST_SECONDS)


@contextmanager
def bounded(at_most: float) -> Iterator[None]:
    """Bound every MongoDB operation inside, retries included, to so many seconds; a deadline that is nearer counts.

    It counts to the instant: a `pymongo.timeout` is a moment later, on a busy machine many milliseconds, and would be
    taken by `_keep_in_bound` for one round the deadline, and stay in the thread when the request has left.
    """
    bound = deadline.current()
    with pymongo.timeout(seconds_left(at_most)):
        if bound is not None:
            _csot.DEADLINE.set(min(_csot.get_deadline(), time.monotonic() + bound.remaining()))
        yield


def rest_of_callers_time(at_most: float) -> float:
    """Tell how much of the caller's time is left, by the bound and by a `pymongo.timeout` of its own."""
    by_driver = _csot.remaining()
    return seconds_left(at_most if by_driver is None else min(at_most, by_driver))


class PromptMongoClient(MongoClient[_DocumentType]):
    """A client that searches no longer than it was told to, and not at all while its breaker is open.

    PyMongo (4.20) lets a `pymongo.timeout` take the place of serverSelectionTimeoutMS, whichever is longer. The
    specification wants the shorter of the two: without a server in sight a request of 30 s would wait for all of them.
    Source: github.com/mongodb/specifications, client-side-operations-timeout, "Server Selection".
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
    """Let PyMongo keep the deadline in force, from here until that is left.

    What is over time then raises a PyMongoError with `timeout` set. A try of a call that began while there was time for
    the longest that the client's own timeouts let it take (search, queue, connecting, answer) ends by those.
    """
    bound = deadline.current()
    if bound is None:
        return
    left = bound.remaining()
    if None not in own_timeouts and left >= sum(filter(None, own_timeouts)):
        return
    inner = _csot.remaining()
    if inner is not None and inner <= left + _ROUNDING_SECONDS:
        return  # PyMongo keeps this one already, or a nearer one of a transaction within it
    within = bounded(left)
    within.__enter__()
    bound.on_leaving(partial(within.__exit__, None, None, None))
