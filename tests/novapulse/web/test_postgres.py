"""What a client of a plain Django view, such as the admin's, is told while PostgreSQL is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from novapulse.data import registry
from novapulse.web.postgresql.base import DatabaseWrapper
from tests.faults import black_hole, refusing_port, seconds_of
from tests.faults.proxy import Proxy, proxied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

_BUDGET_MS = 1_500
_SLACK_SECONDS = 5.0  # a busy machine; and libpq connects for two seconds, however little is left


def page(_request: HttpRequest) -> HttpResponse:
    """Answer as the admin does: with something out of Django's own database."""
    close_old_connections()
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("fine")


def mistake(_request: HttpRequest) -> HttpResponse:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1/0")
    return HttpResponse("never")


urlpatterns = [path("page", page), path("mistake", mistake)]
handler500 = "novapulse.web.problems.server_error"


@pytest.fixture
def stands_at(settings: Any, transactional_db: None) -> Iterator[Callable[[int], Client]]:
    """Give clients of a service whose PostgreSQL is at a port."""
    breaker, before = registry.provider("postgresql").breaker, connections[DEFAULT_DB_ALIAS]
    breaker.reset()
    settings.ROOT_URLCONF = __name__

    def at(port: int) -> Client:
        described = {**before.settings_dict, "HOST": "127.0.0.1", "PORT": str(port), "NAME": "postgres"}
        connections[DEFAULT_DB_ALIAS] = DatabaseWrapper(described, alias=DEFAULT_DB_ALIAS)
        return Client(raise_request_exception=False, headers={"X-Request-Timeout-Ms": str(_BUDGET_MS)})

    yield at
    connections[DEFAULT_DB_ALIAS].close()
    connections[DEFAULT_DB_ALIAS] = before
    breaker.reset()


@pytest.fixture
def wire(settings: Any) -> Iterator[Proxy]:
    """Give the way to PostgreSQL."""
    with proxied(urlsplit(settings.DATABASE_URL).port or 0) as proxy:
        yield proxy


def problem(client: Client, route: str = "/page") -> dict[str, Any]:
    response = client.get(route)
    assert response.headers["Content-Type"] == "application/problem+json"
    return dict(response.json())


def test_where_it_refuses_connections_the_answer_is_503(stands_at: Callable[[int], Client]) -> None:
    told = problem(stands_at(refusing_port()))

    assert (told["status"], told["code"]) == (503, "unavailable")


def test_where_it_swallows_connections_the_answer_is_503_in_time(stands_at: Callable[[int], Client]) -> None:
    with black_hole() as port:
        client = stands_at(port)
        assert seconds_of(lambda: client.get("/page")) < _BUDGET_MS / 1000 + _SLACK_SECONDS
        assert problem(client)["status"] == 503


def test_where_a_connection_falls_silent_the_answer_comes_in_time_and_all_is_well_after(
    stands_at: Callable[[int], Client], wire: Proxy
) -> None:
    client = stands_at(wire.port)
    assert client.get("/page").content == b"fine"
    wire.swallows()
    assert seconds_of(lambda: client.get("/page")) < _BUDGET_MS / 1000 + _SLACK_SECONDS
    wire.passes()

    assert client.get("/page").content == b"fine"


def test_a_statement_without_an_answer_has_an_unknown_outcome(
    stands_at: Callable[[int], Client], wire: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = stands_at(wire.port)
    client.get("/page")
    monkeypatch.setattr(f"{__name__}.close_old_connections", wire.swallows)  # just before the statement
    told = problem(client)

    assert (told["status"], told["phase"], told["outcome"]) == (504, "database", "unknown")


def test_a_mistake_of_ours_stays_one(stands_at: Callable[[int], Client], wire: Proxy) -> None:
    assert problem(stands_at(wire.port), "/mistake")["status"] == 500
