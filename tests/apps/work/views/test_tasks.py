"""The routes of tasks, as a client meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api
    from tests.commands import Commands

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


def test_a_task_is_created_with_all_that_was_said(acme: Api, project: dict[str, Any]) -> None:
    member = acme.user["membership_id"]
    body = {**EVERYTHING, "project_id": project["id"], "assignee_id": member}

    response = acme.post("/tasks", body)

    task = response.json()
    assert response.status_code == 201
    assert (response["ETag"], response["Location"]) == ('"1"', f"/api/v1/tasks/{task['id']}")
    said = {**body, "labels": ["bug", "ux"], "due_at": "2026-03-01T10:00:00.000Z"}
    assert {name: task[name] for name in said} == said
    assert (task["number"], task["reporter_id"], task["version"]) == (1, member, 1)
    assert acme.get(response["Location"]).json() == task


def test_a_task_is_created_with_little_and_shows_every_member(acme: Api, new_task: NewTask) -> None:
    task = new_task(title="  Log in ")

    assert (task["title"], task["description"], task["status"], task["priority"]) == ("Log in", "", "todo", "none")
    assert [task[name] for name in ("assignee_id", "points", "due_at", "external_key", "labels")] == [None] * 4 + [[]]


def test_a_task_takes_no_place_in_an_archived_project(acme: Api, project: dict[str, Any], new_task: NewTask) -> None:
    old = new_task()
    acme.patch(f"/projects/{project['id']}", {"status": "archived"}, version=1)

    refused = acme.post("/tasks", {"project_id": project["id"], "title": "New"})
    changed = acme.patch(f"/tasks/{old['id']}", {"status": "done"}, version=1)

    assert (refused.status_code, refused.json()["code"], changed.status_code) == (409, "project-archived", 200)


def test_an_external_key_that_is_taken_is_a_conflict(acme: Api, new_task: NewTask) -> None:
    first, second = new_task(external_key="EX-1"), new_task()

    for response in (
        acme.post("/tasks", {"project_id": first["project_id"], "title": "Again", "external_key": "EX-1"}),
        acme.patch(f"/tasks/{second['id']}", {"external_key": "EX-1"}, version=1),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "external-key-taken")
        assert response.json()["errors"][0]["pointer"] == "/external_key"


def test_a_patch_changes_what_it_names_and_null_takes_away(acme: Api, new_task: NewTask) -> None:
    task = new_task(**EVERYTHING)
    cleared = dict.fromkeys(("assignee_id", "points", "due_at", "external_key"))

    response = acme.patch(f"/tasks/{task['id']}", {"status": "done", "labels": [], **cleared}, version=1)

    changed = {"status": "done", "labels": [], **cleared, "version": 2, "updated_at": response.json()["updated_at"]}
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert response.json() == {**task, **changed}


def test_a_patch_of_nothing_changes_nothing(acme: Api, new_task: NewTask) -> None:
    task = new_task()

    response = acme.patch(f"/tasks/{task['id']}", {}, version=1)

    assert (response.status_code, response.json(), response["ETag"]) == (200, task, '"1"')
    assert acme.patch(f"/tasks/{task['id']}", {}, version=2).status_code == 412


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_wants_the_version_that_was_read(acme: Api, new_task: NewTask, method: str) -> None:
    path, body = f"/tasks/{new_task()['id']}", {"title": "Other"}

    statuses = [
        acme.send(method, path, body).status_code,
        acme.send(method, path, body, If_Match='"2"').status_code,
        acme.send(method, path, body, If_Match='W/"1"').status_code,
        acme.send(method, path, body, If_Match="*").status_code,
        acme.send(method, f"/tasks/{ObjectId()}", body, If_Match='"1"').status_code,
        acme.send(method, path, body, If_Match='"1"').status_code,
    ]

    assert statuses == [428, 412, 412, 412, 404, 200 if method == "PATCH" else 204]


def test_a_deleted_task_is_gone_with_its_comments(acme: Api, new_task: NewTask) -> None:
    path = f"/tasks/{new_task()['id']}"
    comment = acme.post(f"{path}/comments", {"body": "A word"}).json()

    assert acme.delete(path, version=1).status_code == 204
    assert acme.get(path).status_code == 404
    assert acme.get(f"{path}/comments").status_code == 404
    assert acme.delete(f"/comments/{comment['id']}", version=1).status_code == 404


def test_a_list_and_a_task_are_one_command_each(acme: Api, new_task: NewTask, commands: Commands) -> None:
    task = new_task()

    with commands.counted() as names:
        acme.get("/tasks?status=todo,done&sort=-updated_at")
        acme.get(f"/tasks/{task['id']}")

    assert names == ["find", "find"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", "CBA"),
        ("sort=created_at", "ABC"),
        ("sort=due_at", "BAC"),
        ("sort=-due_at", "ABC"),
        ("status=todo,review", "BA"),
        ("priority=high&status=todo", "A"),
        ("labels=bug,ux", "BA"),
        ("assignee_id=none", "CB"),
        ("assignee_id=none,{me}", "CBA"),
        ("assignee_id={me}", "A"),
        ("reporter_id={me}", "CBA"),
        ("external_key=EX-1,EX-2", "B"),
        ("project_id={project},{nobody}", "CBA"),
        ("project_id={nobody}", ""),
        ("due_after=2026-02-01T00:00:00Z", "A"),
        ("due_before=2026-02-01T00:00:00Z", "B"),
        ("due_after=2026-01-01T00:00:00Z&due_before=2026-03-01T00:00:00Z&sort=due_at", "BA"),
        ("created_after=2000-01-01T00:00:00Z&updated_before=2000-01-01T00:00:00Z", ""),
        ("q=login", "A"),
        ("q=login crash", "BA"),
        ("q=crash&status=done", ""),
    ],
)
def test_a_list_is_filtered_and_sorted(
    acme: Api, project: dict[str, Any], new_task: NewTask, query: str, titles: str
) -> None:
    me = acme.user["membership_id"]
    new_task(
        title="A", description="login", priority="high", labels=["ux"], assignee_id=me, due_at="2026-02-01T00:00:00Z"
    )
    new_task(
        title="B",
        description="crash crash",
        status="review",
        labels=["bug"],
        external_key="EX-1",
        due_at="2026-01-01T00:00:00Z",
    )
    new_task(title="C", status="done")

    response = acme.get("/tasks?" + query.format(me=me, project=project["id"], nobody=ObjectId()))

    assert response.status_code == 200, response.content
    assert "".join(task["title"] for task in response.json()["data"]) == titles


@pytest.mark.parametrize("more", ["", "&q=task"])
def test_a_list_that_may_be_stale_is_whole_where_there_is_no_replica(acme: Api, new_task: NewTask, more: str) -> None:
    ids = {new_task()["id"] for _ in range(3)}

    first = acme.get(f"/tasks?max_staleness_seconds=90&limit=2{more}")
    rest = acme.get(first["Link"].partition(">")[0].removeprefix("<"))

    assert {row["id"] for row in first.json()["data"] + rest.json()["data"]} == ids


@pytest.mark.parametrize("seconds", ["-1", "1.5", "soon"])
def test_staleness_is_a_number_of_seconds(acme: Api, seconds: str) -> None:
    response = acme.get(f"/tasks?max_staleness_seconds={seconds}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "?max_staleness_seconds"


def test_my_tasks_are_those_assigned_to_me(acme: Api, new_member: Callable[..., Api], new_task: NewTask) -> None:
    member = new_member(acme, "member")
    mine = new_task(assignee_id=member.user["membership_id"])
    new_task(assignee_id=acme.user["membership_id"])
    new_task()

    assert [task["id"] for task in member.get("/me/tasks?status=todo&sort=due_at").json()["data"]] == [mine["id"]]
    assert member.get("/me/tasks?assignee_id=none").status_code == 400
