"""Projects, tasks and jobs in the admin: read, one company at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.staff.domain import accounts
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

    from tests.api import Api

WORK = "/admin/novapulse_work"


@pytest.fixture
def browser(db: None) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


@pytest.fixture
def task(acme: Api, project: dict[str, Any], rival: Api) -> dict[str, Any]:
    """Give a task; another company has one of its own."""
    theirs = rival.post("/projects", {"key": "OUR", "name": "Their project"}).json()
    rival.post("/tasks", {"project_id": theirs["id"], "title": "Their secret"})
    return dict(acme.post("/tasks", {"project_id": project["id"], "title": "Paint it", "labels": ["blue"]}).json())


def test_without_a_company_nothing_is_shown(browser: Client, task: dict[str, Any]) -> None:
    page = browser.get(f"{WORK}/task/").content.decode()

    assert "belongs to one company at a time" in page
    assert "Paint it" not in page
    assert "Their secret" not in page


def test_a_company_that_is_not_there_shows_nothing_and_says_so(browser: Client, task: dict[str, Any]) -> None:
    page = browser.get(f"{WORK}/task/?company=nobody").content.decode()

    assert "There is no company “nobody”." in page
    assert "Paint it" not in page


def test_tasks_of_the_company_are_shown_and_of_no_other(browser: Client, task: dict[str, Any]) -> None:
    page = browser.get(f"{WORK}/task/?company=acme").content.decode()

    assert "Paint it" in page
    assert "Their secret" not in page


def test_the_company_stays_chosen(browser: Client, task: dict[str, Any]) -> None:
    browser.get(f"{WORK}/task/?company=acme")

    assert "App" in browser.get(f"{WORK}/project/").content.decode()
    assert "blue" in browser.get(f"{WORK}/task/{task['id']}/change/").content.decode()


def test_what_another_company_has_is_not_found(browser: Client, task: dict[str, Any]) -> None:
    browser.get(f"{WORK}/task/?company=rival")
    page = browser.get(f"{WORK}/task/{task['id']}/change/")

    assert page.status_code == 302  # Django's answer to an id that is not there
    assert "Paint it" not in browser.get(page.headers["Location"], follow=True).content.decode()


def test_lists_are_filtered_and_sorted(browser: Client, task: dict[str, Any]) -> None:
    for query in ("status__exact=done", "priority__exact=urgent"):
        assert "Paint it" not in browser.get(f"{WORK}/task/?company=acme&{query}").content.decode()
    for order in ("5", "-5", "6", "-6", "7"):
        assert "Paint it" in browser.get(f"{WORK}/task/?company=acme&o={order}").content.decode()


def test_who_looks_stands_in_the_companys_audit(browser: Client, acme: Api, rival: Api, task: dict[str, Any]) -> None:
    browser.get(f"{WORK}/task/?company=acme")
    browser.get(f"{WORK}/task/{task['id']}/change/")
    found = acme.get("/audit-events?action=operator.read").json()["data"]
    told = [(each["target"]["type"], each["target"]["id"], each["actor"]["name"]) for each in found]

    assert told == [("task", task["id"], staff.EMAIL), ("task", "list", staff.EMAIL)]
    assert {each["actor"]["kind"] for each in found} == {"operator"}
    of_the_task = acme.get(f"/audit-events?action=operator.read&target_id={task['id']}").json()["data"]
    assert of_the_task == found[:1]
    assert rival.get("/audit-events?action=operator.read").json()["data"] == []


def test_jobs_are_shown(browser: Client, acme: Api, project: dict[str, Any]) -> None:
    job = acme.post("/exports", {"format": "csv"}).json()

    assert "Export" in browser.get(f"{WORK}/job/?company=acme").content.decode()
    assert browser.get(f"{WORK}/job/{job['id']}/change/").status_code == 200
