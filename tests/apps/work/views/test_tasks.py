"""The routes of tasks, as a client meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api
    from tests.apps.work.conftest import Commands

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


@pytest.mark.parametrize(
    ("given_values", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x" * 501}, "/title"),
        ({"title": 5}, "/title"),
        ({"title": "a\0b"}, "/title"),
        ({"description": "x" * 32_769}, "/description"),
        ({"description": None}, "/description"),
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


def test_a_task_is_not_sent_again_while_it_is_the_same(acme: Api, new_task: NewTask) -> None:
    task = new_task()
    path = f"/tasks/{task['id']}"

    same = acme.get(path, If_None_Match='"1"')
    acme.patch(path, {"title": "Other"}, version=1)
    other = acme.get(path, If_None_Match='"1"')

    assert (same.status_code, same.content, same["ETag"]) == (304, b"", '"1"')
    assert (other.status_code, other["ETag"]) == (200, '"2"')


def test_a_patch_changes_what_it_names_and_null_takes_away(acme: Api, new_task: NewTask) -> None:
    task = new_task(**EVERYTHING)
    cleared = dict.fromkeys(("assignee_id", "points", "due_at", "external_key"))

    response = acme.patch(f"/tasks/{task['id']}", {"status": "done", "labels": [], **cleared}, version=1)

    changed = {"status": "done", "labels": [], **cleared, "version": 2, "updated_at": response.json()["updated_at"]}
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert response.json() == {**task, **changed}


@pytest.mark.parametrize(
    "name", ["id", "number", "project_id", "reporter_id", "version", "created_at", "updated_at", "x"]
)
def test_a_patch_of_what_cannot_be_changed_is_refused(acme: Api, new_task: NewTask, name: str) -> None:
    response = acme.patch(f"/tasks/{new_task()['id']}", {name: 1}, version=1)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"/{name}")


@pytest.mark.parametrize("name", ["title", "description", "status", "priority", "labels"])
def test_a_patch_cannot_take_away_what_a_task_must_have(acme: Api, new_task: NewTask, name: str) -> None:
    response = acme.patch(f"/tasks/{new_task()['id']}", {name: None}, version=1)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"/{name}")


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


def test_only_the_fields_that_were_asked_for_are_sent_and_no_etag(acme: Api, new_task: NewTask) -> None:
    task = new_task(**EVERYTHING)

    one = acme.get(f"/tasks/{task['id']}?fields=title,points", If_None_Match='"1"')
    many = acme.get("/tasks?fields=title,points")

    expected = {"id": task["id"], "title": "Log in", "points": 2.5}
    assert (one.status_code, one.json(), "ETag" in one) == (200, expected, False)
    assert many.json()["data"] == [expected]


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


def test_my_tasks_are_those_assigned_to_me(acme: Api, new_member: Callable[..., Api], new_task: NewTask) -> None:
    member = new_member(acme, "member")
    mine = new_task(assignee_id=member.user["membership_id"])
    new_task(assignee_id=acme.user["membership_id"])
    new_task()

    assert [task["id"] for task in member.get("/me/tasks?status=todo&sort=due_at").json()["data"]] == [mine["id"]]
    assert member.get("/me/tasks?assignee_id=none").status_code == 400


def test_pages_are_linked_and_end(acme: Api, new_task: NewTask) -> None:
    made = [new_task(title=f"Task {number}")["id"] for number in range(5)]

    found, path = [], "/tasks?limit=2&status=todo"
    while path:
        response = acme.get(path)
        found += [task["id"] for task in response.json()["data"]]
        link = response.headers.get("Link", "")
        assert bool(link) == (response.json()["next_cursor"] is not None)
        path = link.partition(">")[0].removeprefix("<")

    assert found == made[::-1]


def test_a_cursor_leads_nowhere_but_to_its_own_list(acme: Api, rival: Api, new_task: NewTask) -> None:
    for _ in range(3):
        new_task()
    cursor = quote(acme.get("/tasks?limit=1&status=todo").json()["next_cursor"])

    statuses = [
        acme.get(f"/tasks?limit=2&status=todo&cursor={cursor}").status_code,
        acme.get(f"/tasks?limit=1&status=done&cursor={cursor}").status_code,
        acme.get(f"/tasks?limit=1&status=todo&sort=due_at&cursor={cursor}").status_code,
        acme.get(f"/tasks?limit=1&cursor={cursor}").status_code,
        acme.get(f"/me/tasks?limit=1&status=todo&cursor={cursor}").status_code,
        rival.get(f"/tasks?limit=1&status=todo&cursor={cursor}").status_code,
    ]

    assert statuses == [200, 400, 400, 400, 400, 400]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), letter=st.sampled_from("abcXYZ019_-.:"))
def test_an_altered_cursor_is_refused(acme: Api, new_task: NewTask, place: int, letter: str) -> None:
    while len(acme.get("/tasks?fields=id").json()["data"]) < 2:
        new_task()
    cursor = acme.get("/tasks?limit=1").json()["next_cursor"]
    place %= len(cursor)
    altered = cursor[:place] + letter + cursor[place + 1 :]

    response = acme.get(f"/tasks?limit=1&cursor={quote(altered)}")

    assert response.status_code == (200 if altered == cursor else 400)
