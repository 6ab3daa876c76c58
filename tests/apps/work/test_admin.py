"""Projects, tasks and jobs in the admin: read, one company at a time."""

from __future__ import annotations

import io
import re
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.staff.domain import accounts
from apps.work.documents import Job
from apps.work.domain import job_runs
from novapulse.tenancy import scope
from tests import staff
from tests.apps.work import jobs

if TYPE_CHECKING:
    from django.http import HttpResponse
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


def test_who_and_what_a_task_points_to_is_named(browser: Client, acme: Api, task: dict[str, Any]) -> None:
    page = browser.get(f"{WORK}/task/{task['id']}/change/?company=acme").content.decode()

    assert acme.email in page
    assert "App" in page
    assert task["project_id"] not in page
    assert task["reporter_id"] not in page


def test_what_was_done_to_one_is_asked_for_in_its_company(browser: Client, task: dict[str, Any]) -> None:
    history = f"{WORK}/task/{task['id']}/history/"

    assert "Nobody has done anything" in browser.get(f"{history}?company=acme").content.decode()
    assert browser.get(f"{history}?company=rival").status_code == 302


def test_what_another_company_has_is_not_found(browser: Client, task: dict[str, Any]) -> None:
    browser.get(f"{WORK}/task/?company=rival")
    page = browser.get(f"{WORK}/task/{task['id']}/change/")

    assert page.status_code == 302  # Django's answer to an id that is not there
    assert "Paint it" not in browser.get(page.headers["Location"], follow=True).content.decode()


def test_lists_are_filtered_and_sorted(browser: Client, task: dict[str, Any]) -> None:
    for query in ("status__exact=done", "status__exact=review"):
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
    assert acme.email in browser.get(f"{WORK}/job/{job['id']}/change/").content.decode()


def exported(browser: Client, company: Api) -> dict[str, Any]:
    """Have staff export a company, do the job as a worker would, and give it."""
    address = f"/admin/novapulse_tenants/company/{company.company['id']}/export/"
    page = browser.post(address, {"reason": "Case 4711"}, follow=True).content.decode()
    job_id = ObjectId(re.findall(r"The job (\w{24}) writes the export", page)[0])
    with scope.company(company.company_id, location=company.company["country"]):
        job_runs.run(job_id)
        return dict(Job.collection().find_one({"_id": job_id}) or {})


def download(browser: Client, company: Api, job_id: object) -> HttpResponse:
    browser.get(f"{WORK}/job/?company={company.company['slug']}")
    return browser.post(f"{WORK}/job/{job_id}/download/", {"reason": "Case 4711"})


def test_staff_export_a_company_and_download_it(browser: Client, task: dict[str, Any], acme: Api, rival: Api) -> None:
    job = exported(browser, acme)
    assert job["status"] == "succeeded", job
    answer: Any = download(browser, acme, job["_id"])

    with tarfile.open(fileobj=io.BytesIO(answer.getvalue())) as archive:
        tasks = archive.extractfile("tasks.ndjson")
        assert tasks is not None
        assert b"Paint it" in (found := tasks.read())
        assert b"Their secret" not in found
    told = acme.get("/audit-events?action=job.created,operator.read&target_id=" + str(job["_id"])).json()["data"]
    assert {each["actor"]["name"] for each in told} == {staff.EMAIL}
    explained = {(each["action"], each["target"]["type"]) for each in told if each["reason"] == "Case 4711"}
    assert explained == {("job.created", "job"), ("operator.read", "export")}


def test_an_export_of_staff_is_no_members_and_a_members_is_not_for_staff(browser: Client, acme: Api) -> None:
    of_staff = exported(browser, acme)
    of_owner = jobs.done(acme, acme.post("/company:export"))

    assert acme.get(f"/jobs/{of_staff['_id']}").status_code == 404
    assert [each["id"] for each in acme.get("/jobs").json()["data"]] == [of_owner["id"]]
    assert "it is theirs to download" in download(browser, acme, of_owner["id"]).content.decode()


def test_an_export_is_downloaded_in_its_own_company_alone(browser: Client, acme: Api, rival: Api) -> None:
    job = exported(browser, acme)

    assert download(browser, rival, job["_id"]).status_code == 404


def test_who_may_only_look_exports_nothing(db: None, acme: Api) -> None:
    reader = staff.signed_in(accounts.create_reader(staff.EMAIL))
    address = f"/admin/novapulse_tenants/company/{acme.company['id']}/export/"

    assert reader.post(address, {"reason": "a try"}).status_code == 403
