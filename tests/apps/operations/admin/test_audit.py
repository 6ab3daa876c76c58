"""The audit in the admin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from apps.staff.domain import accounts
from tests import staff
from tests.audited import Audited

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pymongo.database import Database

    from tests.api import Api

BOARD = "/admin/boards/audit/"


@pytest.fixture
def browser(db: None, database: object) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def page(browser: Client, query: str = "") -> str:
    answer = browser.get(f"{BOARD}?{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def numbers(shown: str) -> list[int]:
    return [int(each) for each in re.findall(r'data-label="#">(\d+)<', shown)]


def targets(shown: str) -> set[str]:
    return set(re.findall(r'data-label="Target">([^<]+)<', shown))


def test_a_companys_records_are_shown_and_that_somebody_looks_is_the_newest(
    browser: Client, acme: Api, rival: Api
) -> None:
    acme.post("/projects", {"key": "APP", "name": "App"})
    shown = page(browser, "company=acme")

    assert "project.created" in shown
    assert numbers(shown)[0] == len(numbers(shown)) == 5
    assert f"operator {staff.EMAIL}" in shown
    assert f"person {acme.email}" in shown
    assert rival.user["membership_id"] not in shown


def test_records_of_the_platform_are_shown_where_no_company_is_named(browser: Client, acme: Api) -> None:
    shown = page(browser)

    assert "sign_in.succeeded" in shown
    assert acme.user["membership_id"] not in shown


def test_whom_and_what_it_was_done_to_is_named_where_a_name_is_known(
    browser: Client, acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    viewer = new_member(acme, "viewer")
    shown = page(browser, "company=acme")

    assert targets(shown) >= {f"member {viewer.email}", "the company", "audit of the company"}
    assert viewer.user["membership_id"] not in shown
    assert "audit of the platform" in targets(page(browser))
    assert rival.email not in shown


def test_records_are_found_by_action_actor_and_day(browser: Client, acme: Api, new_member: Callable[..., Api]) -> None:
    viewer = new_member(acme, "viewer")
    joined = page(browser, "company=acme&action=member.joined")
    hers = page(browser, "company=acme&actor=viewer@acme.example")
    by_id = page(browser, f"company=acme&actor={viewer.user['membership_id']}")

    assert joined.count('data-label="Action">member.joined<') == len(numbers(joined)) == 2
    assert numbers(hers) == numbers(by_id) != []
    assert numbers(page(browser, "company=acme&since=2999-01-01")) == []


def test_what_cannot_be_found_is_said(browser: Client, acme: Api) -> None:
    assert "There is no company “nobody”." in page(browser, "company=nobody")
    assert "no such active member" in page(browser, "company=acme&actor=owner@rival.example")
    assert browser.get(f"{BOARD}?company=acme&after=x").status_code == 404


def test_to_ask_whether_somebody_is_a_member_is_a_look_as_well(
    browser: Client, acme: Api, database: Database[dict[str, Any]]
) -> None:
    audited = Audited(database)
    assert "no such active member" in page(browser, "company=acme&actor=nobody@x.example")
    told = [(each["company_id"], each["action"], each["actor"]["name"]) for each in audited.told()]

    assert told == [(acme.company_id, "operator.read", staff.EMAIL)]


def test_the_next_page_goes_on_where_the_last_one_ended(
    browser: Client, acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.operations.admin.audit._SHOWN", 2)
    first = page(browser, "company=acme")
    following = re.findall(r'href="\?([^"]*after=[^"]*)"', first)[0].replace("&amp;", "&")

    assert numbers(first) == [4, 3]
    assert numbers(page(browser, following)) == [2, 1]


def test_a_record_that_was_tampered_with_is_red(browser: Client, acme: Api, database: Database[dict[str, Any]]) -> None:
    assert "board-bad" not in page(browser, "company=acme")
    database.audit_events.update_one(
        {"company_id": acme.company_id, "sequence": 2}, {"$set": {"action": "task.deleted"}}
    )
    shown = page(browser, "company=acme")

    assert shown.count("board-bad") == 1
    assert "Not as they were sealed, or sealed under another MASTER_KEY: 2." in shown


def test_the_last_records_are_verified_and_that_stands_above_them(
    browser: Client, acme: Api, database: Database[dict[str, Any]]
) -> None:
    assert "nobody has verified them here yet" in page(browser, "company=acme")
    done = browser.post(f"{BOARD}verify/?key=acme", {"reason": "a trial"}, follow=True).content.decode()
    assert "5 records; 1 to 5 were as they had been sealed" in done
    assert "7 records; 1 to 5 were as they had been sealed" in page(browser, "company=acme")

    database.audit_events.update_one({"company_id": acme.company_id, "sequence": 2}, {"$set": {"reason": "other"}})
    bad = browser.post(f"{BOARD}verify/?key=acme", {"reason": "a trial"}).content.decode()
    assert "sequence 2 is not as it was sealed" in bad
    assert "sequence 2 is not as it was sealed" in page(browser, "company=acme")


def test_a_companys_page_shows_its_latest_records(browser: Client, acme: Api, rival: Api) -> None:
    shown = browser.get(f"/admin/novapulse_tenants/company/{acme.company['id']}/change/").content.decode()

    assert "company.created" in shown
    assert f"{BOARD}?company=acme" in shown
    assert rival.user["membership_id"] not in shown
