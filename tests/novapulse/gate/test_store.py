"""Redis as the gate uses it: what it refuses is one to the caller, whatever the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from novapulse.gate.decision import Change, Level
from novapulse.gate.store import GateStore, StoreAway
from tests import faults
from tests.novapulse.gate.conftest import TRUTH, credential

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import redis


def decided(store: GateStore) -> object:
    return store.decide(credential(), units=1, lease="x", lease_seconds=30, over=())[0]


def filled(store: GateStore) -> None:
    store.fill(credential(), truth=TRUTH)


@pytest.fixture
def full(redis_client: redis.Redis) -> Iterator[None]:
    """Let Redis have no memory left."""
    redis_client.config_set("maxmemory", 1)
    yield
    redis_client.config_set("maxmemory", 0)


def test_a_credential_that_redis_does_not_know_is_a_miss(store: GateStore) -> None:
    assert decided(store) == b"miss"


def test_a_redis_without_memory_is_away(store: GateStore, full: None) -> None:
    with pytest.raises(StoreAway):
        filled(store)
    with pytest.raises(StoreAway):
        store.beat("process")


@pytest.mark.parametrize(
    "call", [decided, filled, lambda store: store.beat("p"), lambda store: store.give_back({"c": ["l"]})]
)
def test_a_refused_port_is_away_at_once(call: Callable[[GateStore], object]) -> None:
    away = GateStore(f"redis://127.0.0.1:{faults.refusing_port()}/0")
    with pytest.raises(StoreAway):
        call(away)


def test_a_redis_that_hangs_is_away_after_50_milliseconds() -> None:
    with faults.black_hole() as port:
        away = GateStore(f"redis://127.0.0.1:{port}/0")

        def fail() -> None:
            with pytest.raises(StoreAway):
                decided(away)

        assert faults.quickest_seconds_of(fail) < 0.2


def test_processes_count_each_other_and_forget_who_is_gone(store: GateStore, redis_client: redis.Redis) -> None:
    assert [store.beat(name) for name in ("one", "two", "one")] == [1, 2, 2]
    redis_client.zadd("np:processes", {"two": 1})
    assert store.beat("one") == 1


def test_leases_go_back_by_company(store: GateStore, redis_client: redis.Redis) -> None:
    for company in ("acme", "rival"):
        redis_client.zadd(f"np:{{c:{company}}}:l", {"one": 1, "two": 2})
    store.give_back({"acme": ["one", "two"], "rival": ["one"]})

    assert redis_client.zrange("np:{c:acme}:l", 0, -1) == []
    assert redis_client.zrange("np:{c:rival}:l", 0, -1) == [b"two"]


def test_nothing_is_kept_for_ever(store: GateStore, redis_client: redis.Redis) -> None:
    shown = credential()
    store.fill(shown, truth=TRUTH)
    store.decide(shown, units=1, lease="x", lease_seconds=30, over=())
    store.beat("process")
    store.project(
        [
            Change(Level.COMPANY, "c" * 24, "c" * 24, version=2),
            Change(Level.MEMBERSHIP, "d" * 24, "c" * 24, version=2),
            Change(Level.CREDENTIAL, "e" * 24, "c" * 24),
            Change(Level.TOKEN, "f" * 32, "c" * 24, credential_id="e" * 24),
            Change(Level.KEY, "kid"),
        ]
    )

    assert [key for key in redis_client.scan_iter() if redis_client.pttl(key) <= 0] == []
