"""Imports as jobs: batch by batch, each once, from wherever an earlier attempt has come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.work import conf
from apps.work.documents import Task
from apps.work.domain import import_jobs, imports, job_files, job_runs, jobs
from novapulse.data import transaction

if TYPE_CHECKING:
    from bson import ObjectId

    from tests.people import Person


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "IMPORT_BATCH", 2)


def asked_for(project_id: ObjectId, text: str) -> ObjectId:
    writer = job_files.Writer()
    writer.write(text.encode())
    writer.close()
    job = transaction.run(
        lambda: import_jobs.create(writer.file_id, project_id=project_id, mapping={}, is_dry_run=False)
    )
    return job["_id"]  # type: ignore[no-any-return]  # documents are untyped


def rows(count: int) -> str:
    return "external_key,title\n" + "".join(f"EX-{number},Task {number}\n" for number in range(count))


def keys() -> list[str]:
    return [task["external_key"] for task in Task.collection().find({}, sort=[("number", 1)])]


def test_progress_is_seen_while_it_runs(project_id: ObjectId, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, seen = asked_for(project_id, rows(5)), []
    real = imports.create_missing

    def watched(*arguments: Any) -> int:
        seen.append((jobs.one(job_id)["done"], jobs.one(job_id)["total"]))
        return real(*arguments)

    monkeypatch.setattr(imports, "create_missing", watched)
    job_runs.run(job_id)

    assert seen == [(0, 5), (2, 5), (4, 5)]
    assert jobs.one(job_id)["done"] == 5


def test_attempt_that_dies_is_taken_up_where_it_has_come_to(
    project_id: ObjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, real, batches = asked_for(project_id, rows(6)), imports.create_missing, []

    def dying(issues: Any, target: Any) -> int:
        batches.append([issue.external_key for issue in issues])
        if len(batches) == 2:
            raise ConnectionError("the plug was pulled")
        return real(issues, target)

    monkeypatch.setattr(imports, "create_missing", dying)
    with pytest.raises(ConnectionError):
        job_runs.run(job_id)
    assert keys() == ["EX-0", "EX-1"]

    job_runs.run(job_id)
    assert batches == [["EX-0", "EX-1"], ["EX-2", "EX-3"], ["EX-2", "EX-3"], ["EX-4", "EX-5"]]
    assert keys() == [f"EX-{number}" for number in range(6)]
    assert jobs.one(job_id)["result"] == {"created": 6, "present": 0, "bad": 0, "dry_run": False}


def test_key_that_came_before_the_attempt_died_is_known_afterwards(
    project_id: ObjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, real = asked_for(project_id, rows(3) + "EX-0,Again\n"), imports.create_missing

    def dying(issues: Any, target: Any) -> int:
        if issues[0].external_key == "EX-2":
            monkeypatch.setattr(imports, "create_missing", real)
            raise ConnectionError("the plug was pulled")
        return real(issues, target)

    monkeypatch.setattr(imports, "create_missing", dying)
    with pytest.raises(ConnectionError):
        job_runs.run(job_id)
    job_runs.run(job_id)

    assert [error["code"] for error in jobs.one(job_id)["errors"]] == ["duplicate-key"]


def test_tasks_are_reported_by_whoever_has_asked(project_id: ObjectId, desk: Person) -> None:
    job_runs.run(asked_for(project_id, rows(1)))

    [task] = Task.collection().find({})
    assert task["reporter_id"] == desk.id
