"""A connection that keeps the deadline, on a real server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from novapulse.resilience import deadline
from novapulse.web.postgresql.connection import OutOfTime, PromptConnection
from tests.faults import seconds_of
from tests.faults.proxy import proxied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SLACK_SECONDS = 1.0
_WORKING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"


@pytest.fixture
def url(settings: object) -> str:
    """Give the address of this run's server."""
    return str(getattr(settings, "DATABASE_URL"))  # noqa: B009  django-stubs does not know it


@pytest.fixture
def connection(url: str) -> Iterator[PromptConnection]:
    """Give a connection."""
    with PromptConnection.connect(url) as connected:
        yield connected


def running_out(work: Callable[[], object]) -> None:
    with pytest.raises(OutOfTime):
        work()


def test_a_slow_statement_ends_with_the_deadline_and_so_does_the_server_s_work(
    connection: PromptConnection, url: str
) -> None:
    with deadline.opened(0.4):
        assert seconds_of(lambda: running_out(lambda: connection.execute("SELECT pg_sleep(60)"))) < 0.4 + _SLACK_SECONDS

    assert connection.closed
    with psycopg.connect(url, autocommit=True) as other:
        ends_at = time.monotonic() + 10
        while other.execute(_WORKING).fetchone() != (0,):
            assert time.monotonic() < ends_at, "the server still works for nobody"
            time.sleep(0.05)


def test_slow_statements_add_up_to_one_deadline(connection: PromptConnection) -> None:
    def ask_five_times() -> None:
        for _ in range(5):
            connection.execute("SELECT pg_sleep(0.3)")

    with deadline.opened(0.7):
        assert seconds_of(lambda: running_out(ask_five_times)) < 0.7 + _SLACK_SECONDS


def test_nothing_is_sent_once_the_time_is_over(connection: PromptConnection, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "DROP SEQUENCE IF EXISTS asked_late; CREATE SEQUENCE asked_late"
        )  # counts what is rolled back too
        with deadline.opened(0):
            running_out(lambda: connection.execute("SELECT nextval('asked_late'), pg_sleep(0.01)"))
        time.sleep(0.3)

        assert other.execute("SELECT is_called FROM asked_late").fetchone() == (False,)
        other.execute("DROP SEQUENCE asked_late")


def test_what_is_swallowed_on_the_way_is_not_waited_for_beyond_the_deadline(url: str) -> None:
    port = urlsplit(url).port or 0
    with proxied(port) as wire, PromptConnection.connect(url.replace(f":{port}/", f":{wire.port}/")) as connection:
        connection.execute("SELECT 1")
        wire.swallows()
        with deadline.opened(0.5):
            assert seconds_of(lambda: running_out(connection.commit)) < 0.5 + _SLACK_SECONDS


def test_without_a_deadline_it_waits(connection: PromptConnection) -> None:
    assert connection.execute("SELECT 1 FROM pg_sleep(0.3)").fetchone() == (1,)
