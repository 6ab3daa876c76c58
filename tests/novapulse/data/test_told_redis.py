"""What is told of Redis's commands, by a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.core.cache import cache

from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.telemetry import calls
from tests.faults import refusing_port
from tests.hearing import hearing

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENT_MS = 10_000


@pytest.fixture
def client(settings: Any) -> Iterator[Any]:
    """Give the client of a provider."""
    options = RedisOptions(settings.REDIS_URL, connect_ms=PATIENT_MS, socket_ms=PATIENT_MS)
    provider = RedisProvider(options, name="trial")
    yield provider.client()
    provider.close()


def test_each_command_is_told_under_the_clients_role_and_a_pipeline_as_one(client: Any) -> None:
    with hearing(calls.REDIS) as heard:
        client.set("test-told", 1)
        with client.pipeline() as pipeline:
            pipeline.get("test-told")
            pipeline.delete("test-told")
            pipeline.execute()

    told = [(call.operation, call.target, call.error) for call in heard if call.target == "trial"]
    assert told == [("SET", "trial", ""), ("PIPELINE", "trial", "")]
    assert all(call.seconds > 0 for call in heard)


def test_a_script_is_told_by_what_it_is_for(client: Any) -> None:
    with hearing(calls.REDIS) as heard:
        assert client.execute_command("EVAL", "return 1", 0, operation="decide") == 1

    assert "decide" in [call.operation for call in heard if call.target == "trial"]


def test_what_went_wrong_is_told_by_its_name(client: Any) -> None:
    away = RedisProvider(RedisOptions(f"redis://127.0.0.1:{refusing_port()}/0"), name="away").client()
    with hearing(calls.REDIS) as heard:
        with pytest.raises(redis.ResponseError):
            client.execute_command("NONSENSE")
        with pytest.raises(redis.ConnectionError):
            away.get("x")

    assert ("NONSENSE", "ResponseError") in [(call.operation, call.error) for call in heard]
    assert [call.error for call in heard if call.target == "away"] == ["ConnectionError"]


def test_djangos_cache_tells_as_well() -> None:
    with hearing(calls.REDIS) as heard:
        cache.get("test-told")

    assert ("GET", "cache") in [(call.operation, call.target) for call in heard]
