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
from pymongo.typings import _DocumentType

from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from pymongo.synchronous.server import Server

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


class PromptMongoClient(MongoClient[_DocumentType]):
    """PyMongo (4.20) lets a `pymongo.timeout` take the place of serverSelectionTimeoutMS, whichever is longer.

    The specification wants the shorter of the two: without a server in sight a request of 30 s would wait for all of
    them. Source: github.com/mongodb/specifications, client-side-operations-timeout, "Server Selection".
    """

    def _select_server(self, *args: Any, **kwargs: Any) -> Server:  # noqa: ANN401  PyMongo's own
        # Every try of every operation begins here.
        options = self.options
        pool = options.pool_options
        own = (options.server_selection_timeout, pool.wait_queue_timeout, pool.connect_timeout, pool.socket_timeout)
        _keep_in_bound(own)
        with pymongo.timeout(options.server_selection_timeout):  # a shorter one round it stays in force
            return super()._select_server(*args, **kwargs)


def _keep_in_bound(own_timeouts: tuple[float | None, ...]) -> None:
    bound = _bound.get()
    if bound is None or _csot.get_timeout() is not None:
        return
    left = bound.left()
    if None in own_timeouts or left < sum(filter(None, own_timeouts)):
        bound.timeout = pymongo.timeout(left)
        bound.timeout.__enter__()  # until the bound is left
