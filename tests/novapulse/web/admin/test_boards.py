from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from django.contrib.admin.models import LogEntry

from apps.resilience.domain import breaker_switches
from apps.staff.domain import accounts
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

BOARD = "/admin/boards/breakers/"


@pytest.fixture
def browser(db: None, database: object) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def test_a_board_shows_its_rows_and_what_may_be_done(browser: Client) -> None:
    page = browser.get(BOARD).content.decode()

    assert "sqs-polling" in page
    assert f"{BOARD}open/?key=redis" in page
    assert f"{BOARD}reset/?key=redis" not in page  # nothing is held


def test_it_asks_for_a_reason_before_it_acts(browser: Client) -> None:
    asking = browser.get(f"{BOARD}open/?key=redis").content.decode()
    unexplained = browser.post(f"{BOARD}open/?key=redis", {"minutes": 5}).content.decode()

    assert "Refuse all calls" in asking
    assert "This field is required" in unexplained
    assert breaker_switches.switches() == {}


def test_what_was_done_is_logged(browser: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "novapulse.web"):
        browser.post(f"{BOARD}open/?key=redis", {"minutes": 5, "reason": "It is slow."})
    (told,) = [each.fields for each in caplog.records if each.getMessage() == "admin.acted"]  # type: ignore[attr-defined]  # novapulse.log.event's

    assert told == {"act": "open", "by": staff.EMAIL, "kind": "breakers", "subject": "redis", "reason": "It is slow."}


def test_what_was_done_is_kept_with_who_and_why(browser: Client) -> None:
    browser.post(f"{BOARD}open/?key=redis", {"minutes": 5, "reason": "It is slow."})
    (entry,) = LogEntry.objects.all()

    assert (entry.user.username, entry.object_id, entry.content_type) == (staff.EMAIL, "redis", None)
    assert entry.get_change_message().endswith("Reason: It is slow.")


def test_who_may_only_look_does_nothing(db: None, database: object) -> None:
    browser = staff.signed_in(accounts.create_reader(staff.EMAIL))

    assert "open/?key=redis" not in browser.get(BOARD).content.decode()
    assert browser.post(f"{BOARD}open/?key=redis", {"minutes": 5, "reason": "a try"}).status_code == 403


def test_a_verb_that_is_not_there_is_not_found(browser: Client) -> None:
    assert browser.post(f"{BOARD}explode/?key=redis", {"reason": "a try"}).status_code == 404


def test_a_stranger_sees_no_board(db: None, client: Client) -> None:
    assert client.get(BOARD).status_code == 302
