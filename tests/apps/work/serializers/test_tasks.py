"""What the routes of tasks take and refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api

    NewTask = Callable[..., dict[str, Any]]

EVERYTHING = {
    "title": "Log in",
    "description": "  As a user\n",
    "status": "review",
    "priority": "high",
    "labels": ["bug", "ux", "bug"],
    "points": 2.5,
    "due_at": "2026-03-01T12:00:00+02:00",
    "external_key": "EX-1",
}


@pytest.mark.parametrize(
    ("given_values", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x" * 501}, "/title"),
        ({"title": 5}, "/title"),
        ({"title": "a\0b"}, "/title"),
        ({"description": "x" * 32_769}, "/description"),
        ({"status": "open"}, "/status"),
        ({"priority": 1}, "/priority"),
        ({"labels": "bug"}, "/labels"),
        ({"labels": ["x"] * 21}, "/labels"),
        ({"labels": ["ok", "a,b"]}, "/labels/1"),
        ({"labels": ["x" * 51]}, "/labels/0"),
        ({"points": -1}, "/points"),
        ({"points": 1e400}, "/points"),
        ({"points": "3"}, "/points"),
        ({"due_at": "2026-03-01"}, "/due_at"),
        ({"external_key": "x" * 201}, "/external_key"),
        ({"external_key": ""}, "/external_key"),
        ({"external_key": "EX-1,EX-2"}, "/external_key"),
        ({"assignee_id": "nobody"}, "/assignee_id"),
        ({"assignee_id": str(ObjectId())}, "/assignee_id"),
        ({"project_id": str(ObjectId())}, "/project_id"),
        ({"project_id": None}, "/project_id"),
        ({"number": 7}, "/number"),
        ({"reporter_id": str(ObjectId())}, "/reporter_id"),
    ],
)
def test_a_wrong_value_is_pointed_at(
    acme: Api, project: dict[str, Any], given_values: dict[str, Any], pointer: str
) -> None:
    response = acme.post("/tasks", {"project_id": project["id"], "title": "Log in", **given_values})

    assert response.status_code == 400, response.content
    problem = response.json()
    assert problem["errors"] == [] or problem["errors"][0]["pointer"] == pointer
    assert acme.get("/tasks").json()["data"] == []


@pytest.mark.parametrize(
    "name", ["id", "number", "project_id", "reporter_id", "version", "created_at", "updated_at", "x"]
)
def test_a_patch_of_what_cannot_be_changed_is_refused(acme: Api, new_task: NewTask, name: str) -> None:
    response = acme.patch(f"/tasks/{new_task()['id']}", {name: 1}, version=1)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"/{name}")


@pytest.mark.parametrize("name", ["title", "status", "priority"])
def test_a_patch_cannot_take_away_what_a_task_must_have(acme: Api, new_task: NewTask, name: str) -> None:
    response = acme.patch(f"/tasks/{new_task()['id']}", {name: None}, version=1)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"/{name}")


def test_null_empties_the_description_and_the_labels(acme: Api, new_task: NewTask) -> None:
    task, patch = new_task(description="As a user", labels=["bug"]), {"description": None, "labels": None}
    batch = {"op": "update", "id": task["id"], "version": 2, "body": {"labels": None, "description": None}}

    patched = acme.patch(f"/tasks/{task['id']}", patch, version=1).json()
    acme.post("/tasks:batch", {"operations": [batch]})
    stored = acme.get(f"/tasks/{task['id']}").json()

    assert (patched["description"], patched["labels"]) == ("", [])
    assert (stored["description"], stored["labels"]) == ("", [])
    assert new_task(**patch)["labels"] == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "sort=title",
        "sort=created_at&sort=due_at",
        "q=login&sort=due_at",
        "q=",
        "fields=title,secret",
        "fields=",
        "status=open",
        "status=todo,,done",
        "assignee_id=nobody",
        "labels=" + ",".join(str(number) for number in range(51)),
        "due_after=yesterday",
        "company_id=" + "0" * 24,
        "cursor=none",
        "page=2",
    ],
)
def test_a_list_refuses_what_it_does_not_know(acme: Api, query: str) -> None:
    response = acme.get(f"/tasks?{query}")

    assert response.status_code == 400
    assert {error["pointer"] for error in response.json()["errors"]} <= {
        "?" + part.split("=")[0] for part in query.split("&")
    }
