"""Redis taken away under load, in every way: nobody good is refused, nobody revoked comes in, nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING

import redis

from tests.faults import frozen
from tests.faults.proxy import proxied
from tests.prove.proof import Proof, Row
from tests.prove.weather import Weather, under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.world import World

_EVERY_SECONDS = 0.1
Fault = Callable[["World"], AbstractContextManager[None]]


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


FAULTS: dict[str, Fault] = {
    "killed": _killed,
    "frozen (SIGSTOP)": _frozen,
    "restarted empty": _restarted_empty,
    "read-only (a failover)": _read_only,
    "out of memory": _out_of_memory,
}


def faults(world: World) -> Iterator[Row]:
    """Send the load through each fault of the server itself."""
    for name, fault in FAULTS.items():
        yield from under(Weather(f"Redis {name}", world, world.fleet), lambda fault=fault: fault(world))


def slow(world: World) -> Iterator[Row]:
    """Send the load while every command reaches Redis a second late, and while none does."""
    with proxied(world.redis_port) as proxy:
        url = world.redis_url.replace(f":{world.redis_port}/", f":{proxy.port}/")
        with world.more(*[{"REDIS_URL": url}] * len(world.fleet.ports)) as fleet:

            @contextmanager
            def turned(turn: Callable[[], None]) -> Iterator[None]:
                turn()
                try:
                    yield
                finally:
                    proxy.passes()

            ways = {
                "slow by 1 s": lambda: proxy.slows(1000),
                "swallowed by the network": proxy.swallows,
                "reset in every answer": lambda: proxy.resets(after_bytes=10),
            }
            for name, turn in ways.items():
                yield from under(Weather(f"Redis {name}", world, fleet), lambda turn=turn: turned(turn))


def flushed(world: World) -> Iterator[Row]:
    """Send the load while scripts and data are thrown away ten times a second."""
    for name, command in (("FLUSHALL", "FLUSHALL"), ("SCRIPT FLUSH", "SCRIPT FLUSH")):
        yield from under(Weather(f"{name} ten times a second", world, world.fleet), lambda c=command: _again(world, c))


@contextmanager
def _again(world: World, command: str) -> Iterator[None]:
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


PROOFS = (
    Proof("redis-faults", faults, needs=("truth-of-mongodb", "local-limits", "short-timeouts")),
    Proof("redis-slow", slow, needs=("short-timeouts",)),
    Proof("redis-flushed", flushed, needs=("miss-is-no-yes", "script-reload")),
)
