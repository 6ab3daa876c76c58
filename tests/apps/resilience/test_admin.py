"""Breakers in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.resilience.domain import breaker_switches
from apps.staff.domain import accounts
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

BOARD = "/admin/boards/breakers/"


@pytest.fixture
def browser(db: None, database: object) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def act(browser: Client, verb: str, name: str, **given: object) -> str:
    answer = browser.post(f"{BOARD}{verb}/?key={name}", {"reason": "a trial", **given}, follow=True)
    return str(answer.content.decode())


def test_a_breaker_is_held_and_let_go(browser: Client) -> None:
    assert "redis is held open until" in act(browser, "open", "redis", minutes=10)
    held = breaker_switches.switches()["redis"]
    assert (held.by, (held.until - held.at).total_seconds()) == (staff.EMAIL, 600)

    assert "redis is let go." in act(browser, "reset", "redis")
    assert breaker_switches.switches() == {}


def test_a_time_that_cannot_be_is_refused(browser: Client) -> None:
    assert "less than or equal to 1440" in act(browser, "close", "redis", minutes=1_441)
    assert breaker_switches.switches() == {}


def test_what_the_domain_refuses_is_said(browser: Client) -> None:
    assert "cannot be opened by hand" in act(browser, "open", "mongodb", minutes=5)
    assert "There is no breaker" in act(browser, "open", "nothing", minutes=5)


def test_what_processes_say_is_shown(browser: Client) -> None:
    breaker_switches.report("postgresql", process="one:1", state="open")

    assert "one:1: open" in browser.get(BOARD).content.decode()
