"""Figures that all processes of all hosts add up in Redis: sums by name, and who has most of something.

For what people look at, never for what anything depends on: it is kept for an hour, it is gone with Redis, and what
could not be added is not added later. Rankings keep their first two hundred; who is below that begins at nothing again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from novapulse.data import registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import redis

    from novapulse.data.redis import RedisProvider

KEPT_SECONDS: Final = 3600
RANKED: Final = 200

_PREFIX: Final = "np:{tallies}"  # one tag: all of a round trip is in one slot of a cluster


@dataclass(frozen=True, slots=True)
class Tallies:
    """What is to be added: amounts by field, of sums and of rankings by name."""

    sums: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    rankings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def add(tallies: Tallies) -> None:
    """Add all of it in one round trip; raises Unavailable or TimedOut, and then some of it may have been added."""
    _redis().call(lambda client: _add(client, tallies))


def sums(names: Sequence[str]) -> list[dict[str, int]]:
    """Give the sums of these names, in one round trip; raises Unavailable or TimedOut."""

    def read(client: redis.Redis) -> list[dict[Any, Any]]:
        with client.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.hgetall(_key(name))
            return pipeline.execute()

    return [{each.decode(): int(amount) for each, amount in found.items()} for found in _redis().call(read)]


def rankings(names: Sequence[str]) -> list[dict[str, int]]:
    """Give the rankings of these names likewise."""

    def read(client: redis.Redis) -> list[list[tuple[Any, float]]]:
        with client.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.zrange(_key(name), 0, -1, withscores=True)
            return pipeline.execute()

    return [{each.decode(): int(score) for each, score in found} for found in _redis().call(read)]


def _add(client: redis.Redis, tallies: Tallies) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for name, amounts in tallies.sums.items():
            for each, amount in amounts.items():
                pipeline.hincrby(_key(name), each, amount)
            pipeline.expire(_key(name), KEPT_SECONDS)
        for name, amounts in tallies.rankings.items():
            for each, amount in amounts.items():
                pipeline.zincrby(_key(name), amount, each)
            pipeline.zremrangebyrank(_key(name), 0, -RANKED - 1)
            pipeline.expire(_key(name), KEPT_SECONDS)
        pipeline.execute()


def _key(name: str) -> str:
    return f"{_PREFIX}:{name}"


def _redis() -> RedisProvider:
    return cast("RedisProvider", registry.provider("redis"))
