"""Purges over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.work.jobs import done

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api


def test_tasks_of_a_project_that_are_done_are_deleted(
    acme: Api, project: dict[str, Any], new_task: Callable[..., Any]
) -> None:
    new_task(title="Old", status="done")
    new_task(title="Open")
    order = {"project_id": [project["id"]], "status": ["done"], "updated_before": "2999-01-01T00:00:00Z"}

    counted = done(acme, acme.post("/purges", {**order, "dry_run": True}))
    assert counted["result"] == {"tasks": 1, "comments": None, "dry_run": True}
    job = done(acme, acme.post("/purges", order))

    assert job["result"] == {"tasks": 1, "comments": 0, "dry_run": False}
    assert [task["title"] for task in acme.get("/tasks").json()["data"]] == ["Open"]


@pytest.mark.parametrize("order", [{}, {"dry_run": True}])
def test_purge_without_a_filter_is_refused(acme: Api, order: dict[str, Any]) -> None:
    answer = acme.post("/purges", order)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "no-filter")


def test_manager_may_not_purge(acme: Api, new_member: Callable[..., Api]) -> None:
    assert new_member(acme, "manager").post("/purges", {"status": ["done"]}).status_code == 403
