"""Django's own backend for PostgreSQL behind its breaker and the deadline, with a server that is away, or silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connections

from novapulse.data import registry
from novapulse.resilience import deadline
from novapulse.resilience.breaker import CircuitOpen
from novapulse.web.postgresql.base import DatabaseWrapper, NotThere
from tests.faults import black_hole, refusing_port, seconds_of
from tests.faults.proxy import proxied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from novapulse.resilience.breaker import Breaker

    Reach = Callable[[int], DatabaseWrapper]

pytestmark = pytest.mark.django_db(transaction=True)

_SLACK_SECONDS = 1.5
_CONNECT_SECONDS = 2.0


@pytest.fixture
def breaker() -> Iterator[Breaker]:
    """Give PostgreSQL's breaker, closed."""
    found = registry.provider("postgresql").breaker
    found.reset()
    yield found
    found.reset()


@pytest.fixture
def reach(breaker: Breaker, settings: Any) -> Iterator[Reach]:
    """Give connections of Django's to the server, or whatever else listens on a port."""
    made: list[DatabaseWrapper] = []

    def by(port: int) -> DatabaseWrapper:
        described = {**connections["default"].settings_dict, "HOST": "127.0.0.1", "PORT": str(port), "NAME": "postgres"}
        made.append(DatabaseWrapper(described, alias="other"))
        return made[-1]

    yield by
    for each in made:
        each.close()


def ask(database: DatabaseWrapper) -> Any:
    with database.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()


def failing(database: DatabaseWrapper) -> BaseException | None:
    with pytest.raises(OperationalError) as raised:
        ask(database)
    return raised.value.__cause__


def server_port(settings: Any) -> int:
    return urlsplit(settings.DATABASE_URL).port or 0


def test_django_s_own_connection_is_such_a_one() -> None:
    assert connections["default"].__class__ is DatabaseWrapper


def test_where_nobody_takes_connections_it_fails_as_any_backend_does(reach: Reach) -> None:
    assert isinstance(failing(reach(refusing_port())), NotThere)


def test_once_the_breaker_is_open_nobody_waits_for_a_connection(reach: Reach, breaker: Breaker) -> None:
    with black_hole() as port:
        database = reach(port)
        assert seconds_of(lambda: failing(database)) >= _CONNECT_SECONDS / 2
        breaker.open()
        assert seconds_of(lambda: failing(database)) < _CONNECT_SECONDS / 2
        cause = failing(database)

    assert isinstance(cause, NotThere)
    assert isinstance(cause.__cause__, CircuitOpen)


def test_connections_that_nobody_takes_open_the_breaker(reach: Reach, breaker: Breaker) -> None:
    database = reach(refusing_port())
    for _ in range(breaker.rules.connection_errors):
        failing(database)

    assert breaker.current_state == "open"


def test_an_idle_connection_that_has_gone_silent_is_given_up_soon_and_replaced(reach: Reach, settings: Any) -> None:
    with proxied(server_port(settings)) as wire:
        database = reach(wire.port)
        assert ask(database) == (1,)
        wire.swallows()
        with deadline.opened(30):
            database.close_if_unusable_or_obsolete()  # as at the beginning of a request
            assert seconds_of(lambda: failing(database)) < 2 * _CONNECT_SECONDS + _SLACK_SECONDS
        wire.passes()
        assert ask(database) == (1,)


def test_an_idle_connection_is_not_asked_while_the_breaker_is_open(
    reach: Reach, breaker: Breaker, settings: Any
) -> None:
    database = reach(server_port(settings))
    ask(database)
    breaker.open()

    assert not database.is_usable()


def test_what_a_transaction_was_about_is_lost_with_its_time_and_the_next_works(reach: Reach, settings: Any) -> None:
    database = reach(server_port(settings))
    with pytest.raises(OperationalError), deadline.opened(0.3), database.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
    database.close_if_unusable_or_obsolete()

    assert ask(database) == (1,)
