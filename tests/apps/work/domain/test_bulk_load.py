"""Much data at once: what the API shows of it is what it shows of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from apps.work.domain.bulk_create import NewTask
from apps.work.domain.bulk_load import LoadedComment, LoadedProject, LoadedTask, load_projects, load_tasks
from novapulse.tenancy import scope
from novapulse.tenancy.scope import ScopeMissing

if TYPE_CHECKING:
    from tests.api import Api

AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def load(acme: Api) -> int:
    by = acme.membership_id
    with scope.company(acme.company_id, location="DE"):
        (project_id,) = load_projects([LoadedProject("APP", "App", tasks=2)])
        said = (LoadedComment(by, "Done.", AT),)
        later = AT + timedelta(hours=1)
        return load_tasks(
            LoadedTask(NewTask(f"Task {n}", assignee_id=by), project_id, n, by, AT, later, said if n == 1 else ())
            for n in (1, 2)
        )


def test_tasks_are_there_with_their_numbers_times_and_comments(acme: Api, rival: Api) -> None:
    assert load(acme) == 3
    first, second = acme.get("/tasks?sort=created_at").json()["data"]

    assert [(each["number"], each["title"]) for each in (first, second)] == [(1, "Task 1"), (2, "Task 2")]
    assert (first["created_at"], first["updated_at"]) == ("2026-01-02T03:04:00.000Z", "2026-01-02T04:04:00.000Z")
    assert [each["body"] for each in acme.get(f"/tasks/{first['id']}/comments").json()["data"]] == ["Done."]
    assert rival.get("/tasks").json()["data"] == []


def test_the_next_task_goes_on_from_there(acme: Api) -> None:
    load(acme)
    (project,) = acme.get("/projects").json()["data"]

    assert acme.post("/tasks", {"project_id": project["id"], "title": "Task 3"}).json()["number"] == 3


def test_without_a_company_nothing_is_written(database: object) -> None:
    with pytest.raises(ScopeMissing):
        load_projects([LoadedProject("APP", "App", tasks=0)])
