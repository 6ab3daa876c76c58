"""Figures that all processes add up in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from novapulse.data import registry, tallies
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.data.tallies import RANKED, Tallies
from novapulse.errors import Unavailable
from tests.faults import refusing_port

if TYPE_CHECKING:
    from tests.commands import Commands


@pytest.fixture
def name() -> str:
    return uuid4().hex


def client() -> Any:
    return registry.provider("redis").client()


def test_what_several_add_is_summed(name: str) -> None:
    for _process in range(3):
        tallies.add(Tallies({name: {"requests": 2, "failed": 1}}, {f"{name}:r": {"acme": 5}}))

    assert tallies.sums([name, f"{name}:none"]) == [{"requests": 6, "failed": 3}, {}]
    assert tallies.rankings([f"{name}:r"]) == [{"acme": 15}]


def test_all_of_it_is_one_round_trip(name: str, redis_commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    tallies.add(Tallies({name: {"warm": 1}}))
    redis_commands.names.clear()
    tallies.add(Tallies({name: {str(each): 1 for each in range(50)}}, {f"{name}:r": {"acme": 1}}))

    assert redis_commands.names == []  # they went as one pipeline, not command by command
    assert len(tallies.sums([name])[0]) == 51


def test_a_ranking_keeps_its_first_alone(name: str) -> None:
    tallies.add(Tallies(rankings={name: {str(each): each + 1 for each in range(RANKED + 50)}}))

    (kept,) = tallies.rankings([name])
    assert (len(kept), min(kept.values())) == (RANKED, 51)


def test_it_is_forgotten_after_an_hour(name: str) -> None:
    tallies.add(Tallies({name: {"requests": 1}}, {f"{name}:r": {"acme": 1}}))

    lives = [client().ttl(tallies._key(each)) for each in (name, f"{name}:r")]
    assert all(tallies.KEPT_SECONDS - 60 < seconds <= tallies.KEPT_SECONDS for seconds in lives)


def test_without_redis_it_says_so_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    away = RedisProvider(RedisOptions(f"redis://127.0.0.1:{refusing_port()}/0"))
    monkeypatch.setitem(registry._providers, "redis", away)

    with pytest.raises(Unavailable):
        tallies.add(Tallies({name: {"requests": 1}}))
    with pytest.raises(Unavailable):
        tallies.sums([name])
