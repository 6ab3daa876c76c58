"""The routes of projects, as a client meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api
    from tests.commands import Commands


def test_a_project_is_created_and_read(acme: Api) -> None:
    response = acme.post("/projects", {"key": "APP", "name": " App ", "description": "What we sell"})

    project = response.json()
    assert (response.status_code, response["ETag"]) == (201, '"1"')
    assert response["Location"] == f"/api/v1/projects/{project['id']}"
    assert (project["key"], project["name"], project["status"]) == ("APP", "App", "active")
    assert set(project) == {"id", "key", "name", "description", "status", "version", "created_at", "updated_at"}
    assert acme.get(response["Location"]).json() == project


@pytest.mark.parametrize("key", ["A", "app", "A-B", "A\nB", "ABCDEFGHIJK", "", "ÄB", None, 12])
def test_a_key_of_another_shape_is_refused(acme: Api, key: Any) -> None:
    response = acme.post("/projects", {"key": key, "name": "App"})

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/key")


@pytest.mark.parametrize("key", ["1AB", "42", "ABCDEFGH10"])
def test_a_key_may_begin_with_a_digit(acme: Api, key: str) -> None:
    assert acme.post("/projects", {"key": key, "name": "App"}).status_code == 201
    assert [project["key"] for project in acme.get(f"/projects?key={key}").json()["data"]] == [key]


def test_null_empties_the_description(acme: Api, project: dict[str, Any]) -> None:
    path = f"/projects/{project['id']}"
    acme.patch(path, {"description": "What we sell"}, version=1)

    assert acme.patch(path, {"description": None}, version=2).json()["description"] == ""
    assert acme.patch(path, {"name": None}, version=3).status_code == 400


def test_projects_are_listed_by_when_they_were_changed(acme: Api, project: dict[str, Any]) -> None:
    moment = project["updated_at"]

    assert len(acme.get(f"/projects?updated_after={moment}").json()["data"]) == 1
    assert acme.get(f"/projects?updated_before={moment}").json()["data"] == []


def test_a_key_that_is_taken_is_a_conflict_in_its_company_alone(acme: Api, rival: Api, project: dict[str, Any]) -> None:
    again = acme.post("/projects", {"key": "APP", "name": "Again"})
    elsewhere = rival.post("/projects", {"key": "APP", "name": "Theirs"})

    assert (again.status_code, again.json()["code"], elsewhere.status_code) == (409, "project-key-taken", 201)


def test_a_project_is_archived_and_made_active_again(acme: Api, project: dict[str, Any]) -> None:
    path, task = f"/projects/{project['id']}", {"project_id": project["id"], "title": "New"}

    archived = acme.patch(path, {"status": "archived"}, version=1)
    refused = acme.post("/tasks", task)
    active = acme.patch(path, {"status": "active"}, version=2)
    taken = acme.post("/tasks", task)

    assert (archived.json()["status"], archived["ETag"], active.json()["status"]) == ("archived", '"2"', "active")
    assert (refused.status_code, taken.status_code) == (409, 201)


def test_a_project_is_deleted_only_without_tasks(acme: Api, project: dict[str, Any]) -> None:
    path = f"/projects/{project['id']}"
    task = acme.post("/tasks", {"project_id": project["id"], "title": "Log in"}).json()

    refused = acme.delete(path, version=1)
    acme.delete(f"/tasks/{task['id']}", version=1)

    assert (refused.status_code, refused.json()["code"]) == (409, "project-not-empty")
    assert acme.delete(path).status_code == 428
    assert acme.delete(path, version=3).status_code == 412
    assert acme.delete(path, version=1).status_code == 204
    assert acme.get(path).status_code == 404


def test_projects_are_listed_filtered_and_sorted(acme: Api, commands: Commands) -> None:
    for key, name in (("AA", "Zoo"), ("BB", "Bee"), ("CC", "Ant")):
        acme.post("/projects", {"key": key, "name": name})

    with commands.counted() as names:
        by_name = acme.get("/projects?sort=name&fields=key").json()["data"]
    assert names == ["find"]
    assert [project["key"] for project in by_name] == ["CC", "BB", "AA"]
    assert [project["key"] for project in acme.get("/projects?key=AA,CC").json()["data"]] == ["CC", "AA"]
    assert acme.get("/projects?status=archived").json() == {"data": [], "next_cursor": None}
    assert acme.get("/projects?sort=key").status_code == 400


def test_a_project_is_not_sent_again_while_it_is_the_same(acme: Api, project: dict[str, Any]) -> None:
    path = f"/projects/{project['id']}"

    assert acme.get(path, If_None_Match='"1"').status_code == 304
    assert acme.get(f"{path}?fields=name").json() == {"id": project["id"], "name": "App"}


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("member", 403), ("manager", 201)])
def test_only_who_leads_makes_projects(acme: Api, new_member: Callable[..., Api], role: str, status: int) -> None:
    member = new_member(acme, role)

    assert member.post("/projects", {"key": "APP", "name": "App"}).status_code == status
    assert member.get("/projects").status_code == 200


def test_a_project_that_is_not_there_is_not_found(acme: Api) -> None:
    path = f"/projects/{ObjectId()}"

    assert [acme.get(path).status_code, acme.patch(path, {"name": "New"}, version=1).status_code] == [404, 404]
    assert acme.delete(path, version=1).status_code == 404
