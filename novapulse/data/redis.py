"""Redis: gate, leases, short caches; never a queue, never the truth.

Fails fast: no retry and timeouts of a quarter of a second, so that a Redis that hangs costs a caller 250 ms and not the
59 s that redis-py's own defaults come to; behind the guard (`call`) the sixth caller in a row pays nothing. Who calls
decides whether that is open or closed.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from novapulse.data.provider import Provider
from novapulse.data.told_redis import ToldRedis
from novapulse.errors import TimedOut, Unavailable
from novapulse.resilience.bulkhead import Bulkhead
from novapulse.resilience.guard import Guard
from novapulse.resilience.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_WAIT_SECONDS: Final = 0.05  # for a connection: longer than a healthy Redis keeps one, shorter than it is worth
_RULES: Final = Rules(
    slow_seconds=0.2,  # a healthy Redis answers in less than a millisecond
    first_seconds=1.0,
    longest_seconds=5.0,  # a probe costs Redis nothing and its caller 250 ms
    connections=(redis.ConnectionError, redis.TimeoutError),
    ignored=(redis.ResponseError, redis.DataError, redis.MaxConnectionsError),  # it answered, or was not even asked
)


@dataclass(frozen=True, slots=True)
class RedisOptions:
    """Where Redis is and how to talk to it."""

    url: str
    connect_ms: int = 250
    socket_ms: int = 250
    max_connections: int = 64
    health_check_seconds: int = 30


class RedisProvider(Provider["redis.Redis"]):
    """Redis behind the provider interface, one client for one role."""

    def __init__(self, options: RedisOptions, *, name: str = "redis") -> None:
        """Take the options and the name of the role that this client plays."""
        self.name = name
        self.options = options
        most = options.max_connections
        room = Bulkhead(name, slots=most, waiting=most, wait_seconds=_WAIT_SECONDS)
        self.guard = Guard(name, bulkhead=room, rules=_RULES)
        self.breaker = self.guard.breaker
        self._lock = threading.Lock()
        self._client: redis.Redis | None = None
        os.register_at_fork(after_in_child=self._forget)

    def client(self) -> redis.Redis:
        """Give the client of this process."""
        if self._client is None:
            with self._lock:
                if self._client is None:
                    self._client = _connect(self.options, role=self.name)
        return self._client

    def call(self, work: Callable[[redis.Redis], T]) -> T:
        """Do some work with the client behind the guard, once.

        Raises TimedOut where the answer was late, and Unavailable where Redis was not reached, is left alone at present
        (CircuitOpen) or has refused.
        """
        try:
            return self.guard.call(work, self.client())
        except redis.TimeoutError as error:
            raise TimedOut("Redis did not answer in time.") from error
        except redis.RedisError as error:
            raise Unavailable("Redis does not answer.") from error

    def ping(self) -> None:
        """Ask the server for a pong."""
        self.call(redis.Redis.ping)

    def pool(self) -> dict[str, int]:
        """Give open, in_use, max."""
        if self._client is None:
            return {"open": 0, "in_use": 0, "max": self.options.max_connections}
        pool = self._client.connection_pool
        idle = len(pool._available_connections)  # noqa: SLF001  redis-py shows no figures
        busy = len(pool._in_use_connections)  # noqa: SLF001  as above
        return {"open": idle + busy, "in_use": busy, "max": self.options.max_connections}

    def close(self) -> None:
        """Close the client and its pool."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()
            client.connection_pool.disconnect()

    def _forget(self) -> None:
        self._client, self._lock = None, threading.Lock()


def never() -> Retry:
    """Give the retry policy of every client of ours: none."""
    return Retry(NoBackoff(), 0)


def _connect(options: RedisOptions, *, role: str) -> redis.Redis:
    build: Callable[..., Any] = ToldRedis.from_url
    client: ToldRedis = build(
        options.url,
        socket_connect_timeout=options.connect_ms / 1000,
        socket_timeout=options.socket_ms / 1000,
        max_connections=options.max_connections,
        health_check_interval=options.health_check_seconds,
        retry=never(),
        retry_on_timeout=False,
        # No greeting: as redis-py comes it asks three times (HELLO, CLIENT SETINFO twice) before it is of use.
        protocol=2,
        driver_info=None,
    )
    client.told_as = role
    return client
