"""What stands round the admin's pages, and round nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import Client

from apps.staff.domain import accounts
from novapulse.data import registry
from novapulse.web.postgresql.base import DatabaseWrapper
from tests import staff
from tests.faults import refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api import Api


@pytest.fixture
def without_postgresql(transactional_db: None) -> Iterator[None]:
    """Let nobody listen where PostgreSQL should be."""
    breaker, before = registry.provider("postgresql").breaker, connections[DEFAULT_DB_ALIAS]
    described = {**before.settings_dict, "HOST": "127.0.0.1", "PORT": str(refusing_port())}
    connections[DEFAULT_DB_ALIAS] = DatabaseWrapper(described, alias=DEFAULT_DB_ALIAS)
    yield
    connections[DEFAULT_DB_ALIAS] = before
    breaker.reset()


def browser_of_yesterday(settings: Any) -> Client:
    browser = Client(raise_request_exception=False)
    browser.cookies[settings.SESSION_COOKIE_NAME] = "a-session-of-yesterday-that-is-looked-up"
    return browser


def test_without_postgresql_the_admin_is_a_page_that_says_so_and_the_api_works(
    without_postgresql: None, acme: Api, settings: Any
) -> None:
    page = browser_of_yesterday(settings).get("/admin/")

    assert page.status_code == 503
    assert page.headers["Content-Type"].startswith("text/html")
    assert "The database does not answer" in page.content.decode()
    assert acme.get("/projects").status_code == 200


def test_without_mongodb_the_admin_is_a_page_that_says_so(db: None, request: pytest.FixtureRequest) -> None:
    browser = staff.signed_in(accounts.create(staff.EMAIL))
    request.getfixturevalue("no_mongodb")  # only now: a sign-in is recorded
    page = browser.get("/admin/novapulse_tenants/company/")

    assert page.status_code == 503
    assert "The database does not answer" in page.content.decode()


def test_a_connection_that_has_ended_is_replaced_before_a_page_needs_it(transactional_db: None) -> None:
    browser = staff.signed_in(accounts.create(staff.EMAIL))
    connections[DEFAULT_DB_ALIAS].connection.close()

    assert browser.get("/admin/").status_code == 200


def test_no_page_is_kept_framed_or_made_to_ask_strangers(db: None) -> None:
    headers = staff.signed_in(accounts.create(staff.EMAIL)).get("/admin/").headers
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert "no-store" in headers["Cache-Control"]


def test_what_is_not_there_is_a_page_for_people(db: None) -> None:
    page = staff.signed_in(accounts.create(staff.EMAIL)).get("/admin/nothing/")

    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")


def test_the_api_knows_no_session(acme: Api, settings: Any) -> None:
    answer = acme.get("/me")

    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    assert "Vary" not in answer.headers
    assert not any("session" in name.lower() or "Csrf" in name for name in settings.MIDDLEWARE)
