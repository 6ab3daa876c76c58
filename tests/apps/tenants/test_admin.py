"""Companies in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.staff.domain import accounts
from apps.tenants import api as tenants_api
from apps.tenants.domain import standing
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

    from tests.api import Api

LIST = "/admin/novapulse_tenants/company/"


@pytest.fixture
def browser(db: None) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def act(browser: Client, company: Api, name: str, **given: object) -> str:
    """Do it, and give the page that one sees then."""
    answer = browser.post(f"{LIST}{company.company['id']}/{name}/", {"reason": "a trial", **given}, follow=True)
    return str(answer.content.decode())


def test_companies_are_listed_and_searched(browser: Client, acme: Api, rival: Api) -> None:
    everybody, found = browser.get(LIST).content.decode(), browser.get(f"{LIST}?q=RIV").content.decode()

    assert "Acme" in everybody
    assert "Rival" in everybody
    assert "Rival" in found
    assert "Acme" not in found


def test_companies_are_filtered_by_status_plan_and_region(browser: Client, acme: Api, rival: Api) -> None:
    act(browser, acme, "suspend")
    act(browser, rival, "change_plan", plan="pro")
    filters = {"status__exact=suspended": "Acme", "plan__exact=pro": "Rival", "country=fr": "Rival"}

    for query, only in filters.items():
        page = browser.get(f"{LIST}?{query}").content.decode()
        assert {name for name in ("Acme", "Rival") if f">{name}<" in page} == {only}


def test_a_suspended_company_is_refused_until_it_is_resumed(browser: Client, acme: Api, rival: Api) -> None:
    assert "Acme (acme) is suspended." in act(browser, acme, "suspend")
    assert acme.get("/me").status_code == 401
    assert rival.get("/me").status_code == 200
    assert "was suspended already" in act(browser, acme, "suspend")

    assert "Acme (acme) may work again." in act(browser, acme, "resume")
    assert acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 200


def test_a_company_is_made_read_only(browser: Client, acme: Api, rival: Api) -> None:
    project = {"key": "APP", "name": "App"}
    assert "Acme (acme) is read-only." in act(browser, acme, "make_read_only")
    assert "Read-only" in browser.get(f"{LIST}?status__exact=read_only").content.decode()
    assert "was read-only already" in act(browser, acme, "make_read_only")

    act(browser, acme, "resume")
    assert (acme.post("/projects", project).status_code, rival.post("/projects", project).status_code) == (201, 201)


def test_a_deleted_company_is_listed_and_has_no_page(browser: Client, acme: Api, rival: Api) -> None:
    standing.go("acme", standing.DELETING)
    assert ">Acme<" in browser.get(f"{LIST}?status__exact=deleting").content.decode()
    standing.entomb(acme.company_id)

    assert f"acme~{acme.company['id']}" in browser.get(f"{LIST}?status__exact=deleted").content.decode()
    page = browser.get(f"{LIST}{acme.company['id']}/change/", follow=True)
    assert "Perhaps it was deleted" in page.content.decode()
    assert browser.post(f"{LIST}{acme.company['id']}/resume/", {"reason": "a trial"}).status_code == 404


def test_what_staff_do_stands_in_the_companys_audit_with_their_name(browser: Client, acme: Api) -> None:
    act(browser, acme, "change_plan", plan="pro")
    (told,) = acme.get("/audit-events?action=company.plan_changed").json()["data"]

    assert (told["actor"]["kind"], told["actor"]["name"]) == ("operator", staff.EMAIL)
    assert told["reason"] == "a trial"


def test_a_plan_is_changed(browser: Client, acme: Api) -> None:
    assert "is on the plan pro now" in act(browser, acme, "change_plan", plan="pro")
    assert acme.get("/company").json()["plan"] == "pro"
    assert "was on the plan pro already" in act(browser, acme, "change_plan", plan="pro")


def test_limits_are_agreed_on_and_forgotten_where_they_are_left_empty(browser: Client, acme: Api) -> None:
    page = act(browser, acme, "change_limits", quota=77, window_seconds="", concurrency=3)
    assert "may use 77 units in 60 s, 3 requests at a time" in page

    act(browser, acme, "change_limits", quota="", window_seconds="", concurrency=4)
    found = tenants_api.limits_of(tenants_api.company(acme.company_id))
    assert (found.quota, found.concurrency) == (1_200, 4)
