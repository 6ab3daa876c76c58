"""Imports: each issue becomes a task once, whatever happens in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.work import conf
from apps.work.domain import imports
from apps.work.domain.imports import Target
from apps.work.domain.issue_rows import BadRow, IssueRow
from apps.work.errors import ProjectArchived, UnknownProjectKey
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from tests.api import Api


@pytest.fixture
def project_id(acme: Api, rival: Api) -> Iterator[ObjectId]:
    """Give a project of acme, in acme's scope; a rival has a project of the same key with the same issue in it."""
    made = acme.post("/projects", {"key": "WEB", "name": "Web"}).json()["id"]
    theirs = rival.post("/projects", {"key": "WEB", "name": "Theirs"}).json()["id"]
    rival.post("/tasks", {"project_id": theirs, "title": "theirs", "external_key": "A-1"})
    with scope.company(acme.company_id, location="DE"):
        yield ObjectId(made)


def issue(number: int) -> IssueRow:
    return IssueRow(number + 1, f"A-{number}", f"Issue {number}", "text", 2.0)


def run(rows: list[Any], project_id: ObjectId) -> imports.ImportReport:
    return imports.import_issues(
        rows, target=Target(project_id), settle=imports.create_missing, progress=lambda _rows: None
    )


def test_issue_becomes_a_task_of_the_company_alone(project_id: ObjectId, acme: Api, database: Database[Any]) -> None:
    report = run([issue(1)], project_id)

    assert (report.created, report.present, report.bad) == (1, 0, [])
    stored = database["tasks"].find_one({"project_id": project_id})
    assert stored is not None
    assert (stored["company_id"], stored["external_key"], stored["points"]) == (acme.company_id, "A-1", 2.0)


def test_second_run_creates_nothing_and_leaves_what_people_changed(project_id: ObjectId, acme: Api) -> None:
    run([issue(1), issue(2)], project_id)
    task = acme.get("/tasks?external_key=A-1").json()["data"][0]
    acme.patch(f"/tasks/{task['id']}", {"title": "Renamed by hand"}, version=1)

    report = run([issue(1), issue(2), issue(3)], project_id)

    assert (report.created, report.present) == (1, 2)
    assert acme.get(f"/tasks/{task['id']}").json()["title"] == "Renamed by hand"


def test_bad_rows_are_reported_and_the_good_ones_stay(project_id: ObjectId) -> None:
    bad = BadRow(3, "missing", "title is empty.")

    report = run([issue(1), bad, issue(3)], project_id)

    assert (report.created, report.bad) == (2, [bad])


def test_counting_changes_nothing(project_id: ObjectId, database: Database[Any]) -> None:
    run([issue(1)], project_id)

    assert imports.count_missing([issue(1), issue(2)], Target(project_id)) == 1
    assert database["tasks"].count_documents({"project_id": project_id}) == 1


def test_batches_before_a_failure_stay_and_the_next_run_goes_on(project_id: ObjectId, database: Database[Any]) -> None:
    rows = [issue(number) for number in range(conf.IMPORT_BATCH + 1)]

    def failing_on_the_second_batch(batch: list[IssueRow], target: Target) -> int:
        if batch[0] != rows[0]:
            raise ConnectionError("the plug was pulled")
        return imports.create_missing(batch, target)

    with pytest.raises(ConnectionError):
        imports.import_issues(
            rows, target=Target(project_id), settle=failing_on_the_second_batch, progress=lambda _rows: None
        )
    assert database["tasks"].count_documents({"project_id": project_id}) == conf.IMPORT_BATCH

    assert run(rows, project_id).created == 1


def test_archived_project_takes_no_import(project_id: ObjectId, acme: Api) -> None:
    acme.patch(f"/projects/{project_id}", {"status": "archived"}, version=1)

    with pytest.raises(ProjectArchived):
        run([issue(1)], project_id)


def test_project_is_found_by_its_key_in_the_company_alone(project_id: ObjectId, rival: Api) -> None:
    rival.post("/projects", {"key": "ELSE", "name": "Theirs"})

    assert imports.project_by_key("WEB") == project_id
    with pytest.raises(UnknownProjectKey):
        imports.project_by_key("ELSE")


def test_assignee_is_found_by_address_among_the_members_of_the_company_alone(
    project_id: ObjectId, acme: Api, rival: Api, database: Database[Any]
) -> None:
    rows = [
        IssueRow(number, f"A-{number}", "t", assignee=assignee)
        for number, assignee in enumerate(["OWNER@acme.example", rival.email, "dana", ""], 2)
    ]

    run(rows, project_id)

    tasks = database["tasks"].find({"project_id": project_id}, sort=[("number", 1)])
    assert [task["assignee_id"] for task in tasks] == [acme.membership_id, None, None, None]
    assert [(remark.line, remark.code) for remark in imports.remarks(rows)] == [
        (3, "unknown-assignee"),
        (4, "unknown-assignee"),
    ]
