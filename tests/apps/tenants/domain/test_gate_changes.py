"""What must be heard of is written with what makes it true, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from redis import Redis

from apps.tenants.domain import gate_changes
from novapulse.data import transaction
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commands import Commands

COMPANY = "c" * 24
KEY = f"np:{{c:{COMPANY}}}:c"
CHANGE = Change(Level.COMPANY, COMPANY, COMPANY, version=7)


@pytest.fixture
def redis(database: object) -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
        client.delete(KEY)
        yield client


def test_a_change_is_written_and_passed_on_before_the_call_returns(redis: Redis) -> None:
    transaction.run(lambda: gate_changes.announce([CHANGE]))

    assert list(gate_changes.pending().values()) == [CHANGE]
    assert redis.hget(KEY, "v") == "7"


def test_a_change_that_is_rolled_back_is_neither_written_nor_passed_on(redis: Redis) -> None:
    def fail() -> None:
        gate_changes.announce([CHANGE])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transaction.run(fail)

    assert gate_changes.pending() == {}
    assert redis.hget(KEY, "v") is None


def test_what_is_settled_is_gone_and_the_rest_stays(database: object) -> None:
    gate_changes.announce([CHANGE, Change(Level.KEY, "kid")])
    first, second = gate_changes.pending()
    gate_changes.settle([first])

    assert list(gate_changes.pending()) == [second]


def test_nothing_to_announce_asks_no_store(commands: Commands, redis_commands: Commands) -> None:
    with commands.counted() as to_mongodb, redis_commands.counted() as to_redis:
        gate_changes.announce([])

    assert (to_mongodb, to_redis) == ([], [])
