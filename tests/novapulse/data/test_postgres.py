"""PostgreSQL behind the provider interface."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.data.postgres import PostgresOptions, PostgresProvider
from novapulse.errors import TimedOut, Unavailable
from tests.faults import black_hole, frozen, quickest_seconds_of, refusing_port
from tests.novapulse.data.conformance import Conformance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connect = Callable[..., PostgresProvider]


@pytest.fixture
def connect(settings: Any) -> Iterator[Connect]:
    """Make providers, by default of this worker's server, that are closed after the test."""
    made: list[PostgresProvider] = []

    def make(url: str = settings.DATABASE_URL, **options: Any) -> PostgresProvider:
        made.append(PostgresProvider(PostgresOptions(url, **options)))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


class TestConformance(Conformance):
    """PostgreSQL is a provider like the others."""

    @pytest.fixture
    def provider(self, connect: Connect) -> PostgresProvider:
        return connect()

    @pytest.fixture
    def lost(self, connect: Connect) -> PostgresProvider:
        return connect(f"postgresql://postgres@127.0.0.1:{refusing_port()}/postgres")


def test_a_server_that_never_answers_is_waited_for_no_longer_than_was_said(connect: Connect) -> None:
    with black_hole() as port:
        provider = connect(f"postgresql://postgres@127.0.0.1:{port}/postgres")
        with pytest.raises((TimedOut, Unavailable)):
            provider.ping()

        assert not provider.health().ok
        assert quickest_seconds_of(provider.health) < 4


def test_a_connection_that_hangs_is_given_up_in_time_and_replaced(connect: Connect) -> None:
    provider = connect(answer_seconds=0.3)
    provider.ping()
    server = provider.client().info.backend_pid
    with frozen(server):
        with pytest.raises(TimedOut):
            provider.ping()
        assert provider.health().ok

    assert provider.client().info.backend_pid != server


def test_a_connection_that_the_server_has_closed_is_replaced(connect: Connect) -> None:
    provider, killer = connect(), connect()
    provider.ping()
    killer.client().execute("SELECT pg_terminate_backend(%s)", [provider.client().info.backend_pid])
    with pytest.raises(Unavailable):
        provider.ping()

    assert provider.health().ok


def test_a_connection_that_was_made_before_a_fork_works_in_parent_and_child(connect: Connect) -> None:
    provider = connect()
    provider.ping()
    parents = provider.client()
    child = os.fork()
    if child == 0:
        os._exit(0 if provider.health().ok and provider.client() is not parents else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert provider.client() is parents
    assert provider.health().ok
