"""Keys of Redis, found by what stands in their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from novapulse.data import keyspace, registry
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.errors import Unavailable
from tests import faults

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def redis() -> Any:
    return registry.provider("redis").client()


@pytest.fixture
def ours(redis: Any) -> Iterator[str]:
    name = uuid4().hex
    yield name
    for key in redis.scan_iter(f"*{name}*"):
        redis.delete(key)


def test_keys_of_any_kind_are_found_by_a_part_of_their_names_and_taken_away(redis: Any, ours: str) -> None:
    rival = uuid4().hex
    redis.set(f"np:{ours}:a", 1, ex=60)
    redis.hset(f"np:x:{{c:{ours}}}", "b", 2)
    redis.zadd(ours, {"c": 3})
    redis.set(f"np:{rival}", ours, ex=60)

    assert {key.decode() for key in keyspace.named(ours)} == {f"np:{ours}:a", f"np:x:{{c:{ours}}}", ours}
    assert keyspace.forget(keyspace.named(ours)) == 3
    assert list(keyspace.named(ours)) == []
    assert list(keyspace.named(rival)) == [f"np:{rival}".encode()]


def test_all_of_many_keys_are_found(redis: Any, ours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyspace, "_PART", 10)
    redis.mset({f"{ours}:{number}": 1 for number in range(300)})

    assert len(set(keyspace.named(ours))) == 300


def test_without_redis_nobody_is_told_that_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    away = RedisProvider(RedisOptions(url=f"redis://127.0.0.1:{faults.refusing_port()}/0"))
    monkeypatch.setitem(registry._providers, "redis", away)

    with pytest.raises(Unavailable):
        list(keyspace.named("x"))
