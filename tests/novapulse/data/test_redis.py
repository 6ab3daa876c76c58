"""Redis behind the provider interface: it fails fast."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import redis

from novapulse.data.redis import RedisOptions, RedisProvider, never
from novapulse.errors import TimedOut, Unavailable
from novapulse.local.private import running_services
from novapulse.local.redis import REDIS
from tests.faults import black_hole, frozen, quickest_seconds_of, refusing_port, server_of
from tests.novapulse.data.conformance import Conformance
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connect = Callable[..., RedisProvider]


PATIENT_MS = 10_000  # for a server that is there, however busy the machine is


@pytest.fixture
def connect(settings: Any) -> Iterator[Connect]:
    """Make providers, by default patient ones of this worker's server, that are closed after the test."""
    made: list[RedisProvider] = []

    def make(url: str | None = None, **options: Any) -> RedisProvider:
        patience = {"connect_ms": PATIENT_MS, "socket_ms": PATIENT_MS} if url is None else {}
        made.append(RedisProvider(RedisOptions(url or settings.REDIS_URL, **{**patience, **options})))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


def failing(provider: RedisProvider, family: type[Exception]) -> None:
    with pytest.raises(family):
        provider.ping()


def test_the_options_reach_the_driver(connect: Connect) -> None:
    pool = connect(connect_ms=100, socket_ms=200, max_connections=5).client().connection_pool

    assert pool.max_connections == 5
    assert pool.connection_kwargs["socket_connect_timeout"] == 0.1
    assert pool.connection_kwargs["socket_timeout"] == 0.2
    assert pool.connection_kwargs["retry"].get_retries() == 0


def test_the_retry_policy_is_none_at_all() -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise redis.ConnectionError

    with pytest.raises(redis.ConnectionError):
        never().call_with_retry(fail, lambda _: None)
    assert len(tries) == 1


def test_it_reads_and_writes(connect: Connect) -> None:
    client = connect().client()
    client.set("novapulse:test", "value", ex=5)

    assert client.get("novapulse:test") == b"value"


def test_health_tells_latency_and_pool(connect: Connect) -> None:
    provider = connect()
    assert provider.pool() == {"open": 0, "in_use": 0, "max": 64}

    health = provider.health()

    assert health.ok
    assert 0 < health.latency_ms < PATIENT_MS
    assert health.pool == {"open": 1, "in_use": 0, "max": 64}


def test_a_pool_that_is_used_up_is_unavailable_at_once(connect: Connect) -> None:
    provider = connect(max_connections=1)
    busy = provider.client().connection_pool.get_connection()

    assert provider.pool() == {"open": 1, "in_use": 1, "max": 1}
    assert quickest_seconds_of(lambda: failing(provider, Unavailable)) < 0.1
    provider.client().connection_pool.release(busy)
    assert provider.health().ok


def test_a_closed_provider_connects_afresh(connect: Connect) -> None:
    provider = connect()
    provider.ping()
    provider.close()

    assert provider.pool()["open"] == 0
    assert provider.health().ok


def test_a_refused_port_is_answered_at_once(connect: Connect) -> None:
    provider = connect(f"redis://127.0.0.1:{refusing_port()}/0")

    assert quickest_seconds_of(lambda: failing(provider, Unavailable)) < 0.3
    assert not provider.health().ok


def test_a_server_that_never_answers_costs_little(connect: Connect) -> None:
    with black_hole() as port:
        provider = connect(f"redis://127.0.0.1:{port}/0")

        assert quickest_seconds_of(lambda: failing(provider, TimedOut)) < 0.6
        assert not provider.health().ok


@pytest.mark.servers
def test_a_frozen_server_costs_little_and_recovers_by_itself(connect: Connect) -> None:
    with running_services(wanted=[REDIS]) as urls:
        provider = connect(urls["REDIS_URL"])
        wait_until(lambda: provider.health().ok)
        with frozen(server_of(urls["REDIS_URL"])):
            assert quickest_seconds_of(lambda: failing(provider, TimedOut)) < 0.6
        wait_until(lambda: provider.health().ok)
        provider.close()


@pytest.mark.servers
def test_a_new_connection_is_of_use_at_once(connect: Connect) -> None:
    with running_services(wanted=[REDIS]) as urls:
        witness, provider = (connect(urls["REDIS_URL"], health_check_seconds=0) for _ in range(2))
        witness.client().config_resetstat()
        provider.client().get("nothing")
        asked = set(witness.client().info("commandstats"))
        witness.close()
        provider.close()

    assert asked - {"cmdstat_config"} == {"cmdstat_get"}


def test_a_client_that_was_made_before_a_fork_works_in_parent_and_child(connect: Connect) -> None:
    provider = connect()
    provider.ping()
    parents = provider.client()
    child = os.fork()
    if child == 0:
        os._exit(0 if provider.health().ok and provider.client() is not parents else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert provider.client() is parents
    assert provider.health().ok


class TestConformance(Conformance):
    """Redis is a provider like the others."""

    @pytest.fixture
    def provider(self, connect: Connect) -> RedisProvider:
        return connect()

    @pytest.fixture
    def lost(self, connect: Connect) -> RedisProvider:
        return connect(f"redis://127.0.0.1:{refusing_port()}/0")


def test_a_redis_that_never_answers_costs_five_callers_their_wait_and_the_sixth_nothing(connect: Connect) -> None:
    with black_hole() as port:
        provider = connect(f"redis://127.0.0.1:{port}/0")
        for _ in range(5):
            failing(provider, TimedOut)

        assert quickest_seconds_of(lambda: failing(provider, Unavailable)) < 0.1


def test_what_redis_refuses_does_not_open_the_breaker(connect: Connect) -> None:
    provider = connect()
    for _ in range(30):
        with pytest.raises(Unavailable):
            provider.call(lambda client: client.execute_command("NO-SUCH-COMMAND"))

    assert provider.breaker.current_state == "closed"
