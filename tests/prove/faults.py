"""Redis taken away under load, in every way: nobody good is refused, nobody revoked comes in, nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING

import redis

from tests.faults import frozen
from tests.faults.proxy import Proxy
from tests.prove.proof import Proof, Row
from tests.prove.weather import Weather, under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.world import World

_EVERY_SECONDS = 0.1
Fault = Callable[["World"], AbstractContextManager[None]]
Run = Callable[["World"], "Iterator[Row]"]


@contextmanager
def _killed(world: World) -> Iterator[None]:
    world.kill_redis()
    try:
        yield
    finally:
        world.start_redis()


@contextmanager
def _frozen(world: World) -> Iterator[None]:
    with frozen(world.redis_pid):
        yield


@contextmanager
def _restarted_empty(world: World) -> Iterator[None]:
    world.kill_redis()
    world.start_redis()
    yield


@contextmanager
def _read_only(world: World) -> Iterator[None]:
    """Make it a replica of nobody who is there: as an old primary after a failover, it takes no writes."""
    with world.redis() as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        try:
            yield
        finally:
            client.execute_command("REPLICAOF", "NO", "ONE")


@contextmanager
def _out_of_memory(world: World) -> Iterator[None]:
    with world.redis() as client:
        before = client.config_get("maxmemory")["maxmemory"]
        client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            client.config_set("maxmemory", before)


@contextmanager
def _flushed(world: World, command: str) -> Iterator[None]:
    """Throw away what Redis has, ten times a second."""
    ended = threading.Event()

    def flush() -> None:
        with world.redis() as client:
            while not ended.wait(_EVERY_SECONDS):
                with suppress(redis.RedisError):
                    client.execute_command(*command.split())

    thread = threading.Thread(target=flush)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _of_the_server(name: str, fault: Fault, *, forgets: bool = False) -> Run:
    """Send the load through a fault of Redis itself."""
    return lambda world: under(Weather(name, world, world.fleet, forgets), lambda: fault(world))


def _on_the_way(name: str, turn: Callable[[Proxy], None]) -> Run:
    """Send the load through a fault between Redis and a fleet of its own."""

    def run(world: World) -> Iterator[Row]:
        with world.behind_proxy() as (fleet, proxy):
            yield from under(Weather(name, world, fleet), lambda: _turned(proxy, turn))

    return run


@contextmanager
def _turned(proxy: Proxy, turn: Callable[[Proxy], None]) -> Iterator[None]:
    turn(proxy)
    try:
        yield
    finally:
        proxy.passes()


def _resets(proxy: Proxy) -> None:
    proxy.resets(after_bytes=10)


PROOFS = (
    Proof("killed", _of_the_server("Redis killed", _killed), needs=("truth-of-mongodb", "local-limits", "probe")),
    Proof("frozen", _of_the_server("Redis frozen (SIGSTOP)", _frozen), needs=("short-timeouts", "breaker")),
    Proof("slow", _on_the_way("Redis slow by 1 s", lambda proxy: proxy.slows(1000)), needs=("short-timeouts",)),
    Proof(
        "flushed",
        _of_the_server("FLUSHALL, ten times a second", lambda world: _flushed(world, "FLUSHALL"), forgets=True),
        needs=("miss-is-no-yes",),
    ),
    Proof("restarted", _of_the_server("Redis restarted empty", _restarted_empty), needs=("miss-is-no-yes",)),
    Proof(
        "scripts-flushed",
        _of_the_server("SCRIPT FLUSH, ten times a second", lambda world: _flushed(world, "SCRIPT FLUSH")),
        needs=("script-reload",),
        in_short=False,
    ),
    Proof("read-only", _of_the_server("Redis read-only (a failover)", _read_only), in_short=False),
    Proof("out-of-memory", _of_the_server("Redis out of memory", _out_of_memory), in_short=False),
    Proof("swallowed", _on_the_way("Redis swallowed by the network", Proxy.swallows), in_short=False),
    Proof("reset", _on_the_way("Redis reset in every answer", _resets), in_short=False),
)
