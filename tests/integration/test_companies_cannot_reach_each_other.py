"""A foreign id answers exactly like one that does not exist: on every route of the work app, byte for byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.work import urls
from tests.apps.work.jobs import done

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse
    from pymongo.database import Database

    from tests.api import Api

    Ids = dict[str, str]

_TASK = {"title": "Ours"}

_OF_THIS_REQUEST = {"X-Request-ID", "Link", "RateLimit"}  # the last tells what the asking company has left by then

# What is asked, by method and route; {project}, {task}, {comment}, {member}, {key} stand for what the other one has.
REQUESTS: dict[str, list[tuple[str, Any]]] = {
    "GET projects": [("/projects", None), ("/projects?key=APP&status=active", None)],
    "POST projects": [("/projects", {"key": "{key}", "name": "A key that they have, or nobody"})],
    "GET project": [("/projects/{project}", None), ("/projects/{project}?fields=name", None)],
    "PATCH project": [("/projects/{project}", {"name": "Ours"}), ("/projects/{project}", {})],
    "DELETE project": [("/projects/{project}", None)],
    "GET tasks": [
        ("/tasks", None),
        ("/tasks?project_id={project}", None),
        ("/tasks?assignee_id={member}", None),
        ("/tasks?reporter_id={member}&sort=due_at", None),
        ("/tasks?labels=bug", None),
        ("/tasks?external_key=EX-1", None),
        ("/tasks?q=secret", None),
    ],
    "POST tasks": [
        ("/tasks", {**_TASK, "project_id": "{project}"}),
        ("/tasks", {**_TASK, "project_id": "{own_project}", "assignee_id": "{member}"}),
    ],
    "POST task-batch": [
        (
            "/tasks:batch",
            {
                "operations": [
                    {"op": "create", "body": {**_TASK, "project_id": "{project}"}},
                    {"op": "create", "body": {**_TASK, "project_id": "{own_project}", "assignee_id": "{member}"}},
                    {"op": "update", "id": "{task}", "version": 1, "body": {"title": "Ours"}},
                    {"op": "delete", "id": "{task}", "version": 1},
                ]
            },
        )
    ],
    "GET task": [("/tasks/{task}", None), ("/tasks/{task}?fields=title", None)],
    "PATCH task": [
        ("/tasks/{task}", {"title": "Ours"}),
        ("/tasks/{task}", {}),
        ("/tasks/{own_task}", {"assignee_id": "{member}"}),
    ],
    "DELETE task": [("/tasks/{task}", None)],
    "GET comments": [("/tasks/{task}/comments", None)],
    "POST comments": [("/tasks/{task}/comments", {"body": "Ours"})],
    "PATCH comment": [("/comments/{comment}", {"body": "Ours"}), ("/comments/{comment}", {})],
    "DELETE comment": [("/comments/{comment}", None)],
    "GET jobs": [("/jobs", None)],
    "GET job": [("/jobs/{job}", None)],
    "GET job-result": [("/jobs/{job}/result", None)],
    "POST imports": [("/imports", {"project_id": "{project}"})],
    "POST exports": [("/exports", {"format": "csv", "project_id": ["{project}"]})],
    "POST purges": [("/purges", {"project_id": ["{project}"]}), ("/purges", {"assignee_id": ["{member}"]})],
    "POST company-export": [("/company:export", None)],
    "GET my-tasks": [("/me/tasks", None), ("/me/tasks?project_id={project}&reporter_id={member}", None)],
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with places for ids."""

    method: str
    path: str
    body: Any

    def by(self, api: Api, ids: Ids) -> HttpResponse:
        if self.path == "/imports":
            return api.upload(self.path, b"title\nOurs\n", **_filled(self.body, ids))
        return api.send(self.method, _filled(self.path, ids), _filled(self.body, ids), If_Match='"1"')


def fill(api: Api) -> Ids:
    """Make one of everything in a company; give the ids."""
    member = api.user["membership_id"]
    project = api.post("/projects", {"key": "APP", "name": "Secret"}).json()["id"]
    task = {"project_id": project, "title": "Secret", "labels": ["bug"], "external_key": "EX-1", "assignee_id": member}
    made = api.post("/tasks", task).json()["id"]
    comment = api.post(f"/tasks/{made}/comments", {"body": "Secret"}).json()["id"]
    job = done(api, api.post("/exports", {"format": "csv"}))["id"]
    return {"project": project, "task": made, "comment": comment, "member": member, "key": "APP", "job": job}


@pytest.fixture
def theirs(rival: Api) -> Ids:
    return fill(rival)


@pytest.fixture
def ours(acme: Api) -> Ids:
    """Make a project and a task of one's own, in no way like theirs."""
    project = acme.post("/projects", {"key": "OWN", "name": "Own"}).json()["id"]
    task = acme.post("/tasks", {"project_id": project, "title": "Own"}).json()["id"]
    return {"own_project": project, "own_task": task}


def _cases() -> Iterator[Any]:
    for route, requests in REQUESTS.items():
        for place, (path, body) in enumerate(requests):
            yield pytest.param(Asked(route.partition(" ")[0], path, body), id=f"{route}-{place}")


@pytest.mark.parametrize("asked", list(_cases()))
def test_a_foreign_id_answers_like_an_unknown_one_and_nothing_of_theirs_changes(
    acme: Api, ours: Ids, theirs: Ids, database: Database[dict[str, Any]], asked: Asked
) -> None:
    unknown = {**{name: str(ObjectId()) for name in theirs}, "key": "NEW"}
    before = _everything_of("FR", database)

    foreign = asked.by(acme, {**theirs, **ours})
    nothing = asked.by(acme, {**unknown, **ours})

    assert foreign.status_code == nothing.status_code < 500
    if foreign.status_code == 202:
        assert done(acme, foreign)["status"] == "succeeded"
    if foreign.status_code not in {201, 202}:  # what is new has an id of its own
        assert _masked(foreign, theirs) == _masked(nothing, unknown)
    assert b"Secret" not in foreign.content
    assert _everything_of("FR", database) == before


def test_the_same_requests_reach_what_is_ones_own(rival: Api, theirs: Ids) -> None:
    """The control: with its own ids a company gets all that the other one did not."""
    own = {**theirs, "own_project": theirs["project"], "own_task": theirs["task"]}

    statuses = {
        route: Asked(route.partition(" ")[0], *requests[0]).by(rival, own).status_code
        for route, requests in REQUESTS.items()
        if not route.startswith(("DELETE", "POST"))
    }

    assert set(statuses.values()) == {200}


def test_every_route_of_the_work_app_is_asked() -> None:
    routes = {f"{method} {route.name}" for route in urls.api for method in route.callback.cls.operations}

    assert routes == set(REQUESTS)


def _filled(value: Any, ids: Ids) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, ids) for inner in value]
    return value.format(**ids) if isinstance(value, str) else value


def _masked(response: HttpResponse, ids: Ids) -> tuple[bytes, dict[str, str]]:
    """Give body and headers without the request's id, and with one name for the ids that were asked for."""
    request_id = response["X-Request-ID"]
    body = response.content.replace(request_id.encode(), b"<request>")
    for id_ in ids.values():
        body = body.replace(id_.encode(), b"<id>")
    headers = {name: value for name, value in response.headers.items() if name not in _OF_THIS_REQUEST}
    return re.sub(rb'"created_at":"[^"]*"|"updated_at":"[^"]*"', b"<time>", body), headers


def _everything_of(location: str, database: Database[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [
        list(database[name].find({"location": location}, sort=[("_id", 1)]))
        for name in ("projects", "tasks", "comments", "jobs")
    ]
