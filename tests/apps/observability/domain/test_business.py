"""What the business does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.observability.domain import business
from novapulse.data import transaction
from novapulse.telemetry import meter

if TYPE_CHECKING:
    from tests.api import Api


def counted(name: str) -> float:
    return next(family for family in meter.collect() if family.metric.name == name).numbers.get((), 0)


def test_what_was_undone_is_not_counted() -> None:
    def work() -> None:
        business.count("novapulse.signups")
        raise KeyError

    before = counted("novapulse.signups")
    with pytest.raises(KeyError):
        transaction.run(work)
    assert counted("novapulse.signups") == before
    transaction.run(lambda: business.count("novapulse.signups", 2))
    assert counted("novapulse.signups") == before + 2


def test_companies_that_sign_up_are_counted(acme: Api) -> None:
    assert acme.company
    assert counted("novapulse.signups") >= 1


def test_tasks_are_counted_when_they_are_created_and_when_they_are_closed(acme: Api) -> None:
    project = acme.post("/projects", {"name": "Counted", "key": "CNT"}).json()
    created, closed = counted("novapulse.tasks.created"), counted("novapulse.tasks.closed")
    task: Any = acme.post("/tasks", {"title": "One", "project_id": project["id"]})
    operations = [
        {"op": "create", "body": {"title": "Two", "project_id": project["id"]}},
        {"op": "create", "body": {"title": "Three", "project_id": project["id"], "status": "done"}},
    ]
    assert task.status_code == 201
    assert acme.post("/tasks:batch", {"operations": operations}).status_code == 200
    path = f"/tasks/{task.json()['id']}"
    for change in ({"title": "Another"}, {"status": "done"}):
        assert acme.patch(path, change, version=acme.get(path).json()["version"]).status_code == 200

    assert counted("novapulse.tasks.created") - created == 3
    assert counted("novapulse.tasks.closed") - closed == 1
