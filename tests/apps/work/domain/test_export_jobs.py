"""Exports as jobs: page by page, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.work import conf
from apps.work.domain import bulk_create, export_jobs, export_rows, job_files, job_runs, jobs
from apps.work.domain.bulk_create import NewTask
from apps.work.domain.task_search import TaskSearch
from apps.work.enums import ExportFormat
from novapulse.data import transaction

if TYPE_CHECKING:
    from bson import ObjectId

    from tests.people import Person


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "EXPORT_PAGE", 2)


@pytest.fixture
def five_tasks(project_id: ObjectId) -> None:
    """Fill the project."""
    rows = [NewTask(f"Task {number}", labels=("odd",) if number % 2 else ()) for number in range(5)]
    bulk_create.insert_tasks(rows, project_id=project_id, reporter_id=None)


def asked_for(written_as: ExportFormat = ExportFormat.CSV, **among: Any) -> ObjectId:
    job = transaction.run(lambda: export_jobs.create(TaskSearch(1, among=among), written_as=written_as))
    return job["_id"]  # type: ignore[no-any-return]  # documents are untyped


def text_of(job_id: ObjectId) -> str:
    return b"".join(job_files.chunks(jobs.one(job_id)["result"]["file"]["id"])).decode()


def titles(job_id: ObjectId) -> list[str]:
    return [line.split(",")[1] for line in text_of(job_id).splitlines()[1:]]


@pytest.mark.usefixtures("five_tasks")
def test_pages_become_one_file_with_one_header() -> None:
    job_id = asked_for()

    job_runs.run(job_id)

    assert titles(job_id) == [f"Task {number}" for number in range(5)]
    job = jobs.one(job_id)
    assert (job["done"], job["total"], job["steps"]) == (5, 5, 3)
    assert job["result"]["bytes"] == len(text_of(job_id))


@pytest.mark.usefixtures("five_tasks")
def test_filter_is_that_of_the_list() -> None:
    job_id = asked_for(labels=["odd"])

    job_runs.run(job_id)

    assert titles(job_id) == ["Task 1", "Task 3"]


@pytest.mark.usefixtures("five_tasks")
def test_attempt_that_dies_is_taken_up_and_no_row_is_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, real, pages = asked_for(ExportFormat.NDJSON), export_rows.ndjson_lines, []

    def dying(tasks: Any, names: Any) -> bytes:
        pages.append([task["title"] for task in tasks])
        if len(pages) == 2:
            raise ConnectionError("the plug was pulled")
        return real(tasks, names)

    monkeypatch.setattr(export_rows, "ndjson_lines", dying)
    with pytest.raises(ConnectionError):
        job_runs.run(job_id)
    job_runs.run(job_id)

    assert pages == [["Task 0", "Task 1"], ["Task 2", "Task 3"], ["Task 2", "Task 3"], ["Task 4"]]
    assert text_of(job_id).count("\n") == 5


def test_company_without_tasks_exports_a_header(desk: Person) -> None:
    job_id = asked_for()

    job_runs.run(job_id)

    assert text_of(job_id) == ",".join(export_rows.FIELDS) + "\r\n"


def test_tasks_of_another_company_are_in_no_export(rival_at_work: object, desk: Person) -> None:
    """The rival has a project of some key with a task in it."""
    job_id = asked_for(ExportFormat.NDJSON)

    job_runs.run(job_id)

    assert text_of(job_id) == ""
    assert jobs.one(job_id)["total"] == 0


@pytest.mark.usefixtures("five_tasks")
def test_export_that_is_too_large_fails_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "EXPORT_BYTES_MAX", 150)
    job_id = asked_for()

    job_runs.run(job_id)

    job = jobs.one(job_id)
    assert (job["status"], job["errors"][0]["code"]) == ("failed", "export-too-large")
