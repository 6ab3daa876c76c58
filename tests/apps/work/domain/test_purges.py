"""Purges: what a filter finds goes for good, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.work import conf
from apps.work.documents import Comment, Task
from apps.work.domain import bulk_create, comments, job_runs, jobs, purges, task_search
from apps.work.domain.bulk_create import NewTask
from apps.work.domain.task_search import TaskSearch
from novapulse.data import transaction
from tests.listening import listening

if TYPE_CHECKING:
    from bson import ObjectId
    from pymongo.database import Database


@pytest.fixture(autouse=True)
def filled(project_id: ObjectId, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the project five tasks, three of them done, each with a comment; two go at a time."""
    monkeypatch.setattr(conf, "PURGE_BATCH", 2)
    rows = [NewTask(f"Task {number}", status="todo" if number % 2 else "done") for number in range(5)]
    for task in bulk_create.insert_tasks(rows, project_id=project_id, reporter_id=None):
        transaction.run(lambda task=task: comments.create(task["_id"], body="a word"))


def asked_for(*, is_dry_run: bool = False, **among: Any) -> ObjectId:
    job = transaction.run(lambda: purges.create(TaskSearch(1, among=among), is_dry_run=is_dry_run))
    return job["_id"]  # type: ignore[no-any-return]  # documents are untyped


def titles() -> list[str]:
    return [task["title"] for task in Task.collection().find({}, sort=[("number", 1)])]


def test_what_the_filter_finds_goes_with_its_comments(project_id: ObjectId) -> None:
    job_id = asked_for(status=["done"])

    job_runs.run(job_id)

    assert titles() == ["Task 1", "Task 3"]
    assert Comment.collection().count_documents({}) == 2
    job = jobs.one(job_id)
    assert job["result"] == {"tasks": 3, "comments": 3, "dry_run": False}
    assert (job["done"], job["total"]) == (3, 3)


def test_each_task_that_goes_is_told_of() -> None:
    with listening() as listener:
        job_runs.run(asked_for(is_dry_run=True))
        job_runs.run(asked_for(status=["done"]))

    assert listener.types == ["task.deleted"] * 3


def test_dry_run_counts_and_deletes_nothing() -> None:
    job_id = asked_for(status=["done"], is_dry_run=True)

    job_runs.run(job_id)

    assert jobs.one(job_id)["result"] == {"tasks": 3, "comments": None, "dry_run": True}
    assert len(titles()) == 5


def test_what_is_made_after_the_purge_was_asked_for_stays(project_id: ObjectId) -> None:
    job_id = asked_for(status=["done"])
    bulk_create.insert_tasks([NewTask("Later", status="done")], project_id=project_id, reporter_id=None)

    job_runs.run(job_id)

    assert titles() == ["Task 1", "Task 3", "Later"]


def test_attempt_that_dies_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, real, pages = asked_for(status=["done"]), task_search.page, []

    def dying(search: TaskSearch) -> Any:
        pages.append(search)
        if len(pages) == 2:
            raise ConnectionError("the plug was pulled")
        return real(search)

    monkeypatch.setattr(task_search, "page", dying)
    with pytest.raises(ConnectionError):
        job_runs.run(job_id)
    assert len(titles()) == 3
    job_runs.run(job_id)

    assert jobs.one(job_id)["result"] == {"tasks": 3, "comments": 3, "dry_run": False}


def test_tasks_of_another_company_stay(rival_at_work: dict[str, ObjectId], database: Database[Any]) -> None:
    job_runs.run(asked_for(status=["todo", "done"]))

    assert [task["_id"] for task in database["tasks"].find({})] == [rival_at_work["task_id"]]
    assert database["comments"].count_documents({}) == 1
