from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User

from apps.staff.domain import accounts
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

    from tests.api import Api

LIST = "/admin/novapulse_tenants/company/"


@pytest.fixture
def browser(db: None) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def test_it_asks_before_it_acts(browser: Client, acme: Api) -> None:
    page = browser.get(f"{LIST}{acme.company['id']}/suspend/").content.decode()

    assert "Suspend: Acme (acme)" in page
    assert "Refuse every credential of the company" in page
    assert acme.get("/me").status_code == 200


def test_without_a_reason_nothing_is_done(browser: Client, acme: Api) -> None:
    page = browser.post(f"{LIST}{acme.company['id']}/suspend/", {"reason": " "})

    assert page.status_code == 200
    assert "This field is required" in page.content.decode()
    assert acme.get("/me").status_code == 200


@pytest.mark.parametrize("reason", ["a\x1b[31mred", "one\ntwo", "\u202egnirts"])
def test_a_reason_is_one_line_that_commands_no_terminal(browser: Client, acme: Api, reason: str) -> None:
    page = browser.post(f"{LIST}{acme.company['id']}/suspend/", {"reason": reason})

    assert "without control characters" in page.content.decode()
    assert acme.get("/me").status_code == 200


def test_permissions_of_a_page_alone_let_nobody_act(db: None, acme: Api) -> None:
    browser = staff.signed_in(accounts.create_reader(staff.EMAIL))
    changing = Permission.objects.filter(codename="change_company")
    User.objects.get(username=staff.EMAIL).user_permissions.set(changing)

    assert changing.exists()
    assert browser.post(f"{LIST}{acme.company['id']}/suspend/", {"reason": "a try"}).status_code == 403


def test_what_was_done_stands_in_the_log_and_in_the_history(
    browser: Client, acme: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "novapulse.web"):
        done = browser.post(f"{LIST}{acme.company['id']}/suspend/", {"reason": "They asked for it."})
    page = browser.get(done.headers["Location"]).content.decode()
    (entry,) = LogEntry.objects.all()
    (told,) = [each.fields for each in caplog.records if each.getMessage() == "admin.acted"]  # type: ignore[attr-defined]  # novapulse.log.event's

    assert "Acme (acme) is suspended." in page
    assert (entry.user.username, entry.object_id) == (staff.EMAIL, acme.company["id"])
    assert entry.get_change_message() == "Acme (acme) is suspended. Reason: They asked for it."
    assert (told["act"], told["by"], told["reason"]) == ("suspend", staff.EMAIL, "They asked for it.")


def test_what_the_domain_refuses_is_said_on_the_form(browser: Client, acme: Api) -> None:
    given = {"quota": "", "window_seconds": "", "concurrency": "20000", "reason": "too much"}
    page = browser.post(f"{LIST}{acme.company['id']}/change_limits/", given)

    assert page.status_code == 200
    assert "less than or equal to 10000" in page.content.decode()


def test_what_is_not_there_is_not_found(browser: Client, acme: Api) -> None:
    assert browser.post(f"{LIST}665f00000000000000000001/suspend/", {"reason": "a try"}).status_code == 404
