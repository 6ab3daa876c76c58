"""Transactions of PostgreSQL that end with the deadline, on a real server."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection

from novapulse.errors import TimedOut
from novapulse.resilience import deadline
from novapulse.web import postgres
from tests.faults import seconds_of

pytestmark = pytest.mark.django_db(transaction=True)


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@postgres.atomic()
def ask_all(statements: tuple[str, ...]) -> list[Any]:
    return [ask(each) for each in statements]


def timing_out(*statements: str) -> None:
    with pytest.raises(TimedOut) as raised:
        ask_all(statements)
    assert raised.value.phase in {"database", "python"}  # the server ended it, or nothing was sent any more


def test_a_slow_statement_ends_with_the_deadline_and_so_does_the_server_s_work() -> None:
    with deadline.opened(0.4):
        assert seconds_of(lambda: timing_out("SELECT pg_sleep(5)")) < 1.0

    others = "FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()"
    assert ask(f"SELECT count(*) {others}") == 0


def test_slow_statements_add_up_to_one_deadline() -> None:
    with deadline.opened(0.7):
        assert seconds_of(lambda: timing_out(*["SELECT pg_sleep(0.3)"] * 5)) < 1.2


def test_nothing_is_sent_once_the_time_is_over() -> None:
    with deadline.opened(0.01):
        time.sleep(0.02)
        timing_out("SELECT 1")


def test_the_connection_is_as_before_afterwards() -> None:
    with deadline.opened(5), postgres.atomic():
        assert ask("SHOW statement_timeout") in {"5s", *(f"{ms}ms" for ms in range(4_000, 5_000))}

    assert ask("SHOW statement_timeout") == "0"


def test_without_a_deadline_it_is_django_s_own() -> None:
    with postgres.atomic():
        assert ask("SHOW statement_timeout") == "0"
