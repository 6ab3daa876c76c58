"""The batch route, as a client meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api

    NewTask = Callable[..., dict[str, Any]]


def send(api: Api, *operations: Any, **headers: str) -> list[dict[str, Any]]:
    response = api.post("/tasks:batch", {"operations": list(operations)}, **headers)
    assert response.status_code == 200, response.content
    return list(response.json()["results"])


def test_operations_are_answered_in_order(acme: Api, project: dict[str, Any], new_task: NewTask) -> None:
    one, two = new_task(), new_task()
    results = send(
        acme,
        {"op": "create", "body": {"project_id": project["id"], "title": "Third"}},
        {"op": "update", "id": one["id"], "version": 1, "body": {"status": "done"}},
        {"op": "delete", "id": two["id"], "version": 1},
        {"op": "update", "id": two["id"], "version": 1, "body": {"status": "done"}},
    )

    assert [result["status"] for result in results] == [201, 200, 204, 404]
    assert results[0]["body"] == acme.get(f"/tasks/{results[0]['body']['id']}").json()
    assert results[1]["body"] == acme.get(f"/tasks/{one['id']}").json()
    assert (results[0]["body"]["number"], results[2]["body"]) == (3, None)


@pytest.mark.parametrize(
    ("operation", "status", "pointer"),
    [
        ({"op": "create", "body": {"title": "A", "project_id": "{project}", "points": -1}}, 400, "/body/points"),
        ({"op": "create", "body": {"title": "A", "project_id": "{nobody}"}}, 400, "/body/project_id"),
        ({"op": "create", "body": {"project_id": "{project}", "title": "A", "labels": [""]}}, 400, "/body/labels/0"),
        ({"op": "create", "body": []}, 400, "/body"),
        ({"op": "create"}, 400, "/body"),
        ({"op": "create", "id": "{task}", "body": {}}, 400, "/id"),
        ({"op": "update", "id": "{task}", "version": 1, "body": {"number": 3}}, 400, "/body/number"),
        ({"op": "update", "id": "{task}", "version": 1, "body": {"assignee_id": "{nobody}"}}, 400, "/body/assignee_id"),
        ({"op": "update", "id": "{task}", "version": "1", "body": {}}, 400, "/version"),
        ({"op": "update", "id": "{task}", "body": {}}, 400, "/version"),
        ({"op": "update", "id": "{task}", "version": 2, "body": {}}, 412, None),
        ({"op": "update", "id": "{nobody}", "version": 1, "body": {}}, 404, None),
        ({"op": "delete", "id": "x", "version": 1}, 400, "/id"),
        ({"op": "delete", "id": "{task}", "version": 7}, 412, None),
        ({"op": "upsert"}, 400, "/op"),
        ({}, 400, "/op"),
        ({"op": []}, 400, "/op"),
        (5, 400, ""),
        (None, 400, ""),
    ],
)
def test_a_wrong_operation_is_refused_by_itself(
    acme: Api, new_task: NewTask, operation: Any, status: int, pointer: str | None
) -> None:
    task = new_task()
    ids = {"{task}": task["id"], "{project}": task["project_id"], "{nobody}": str(ObjectId())}
    good = {"op": "update", "id": task["id"], "version": 1, "body": {"title": "Changed"}}

    refused, done = send(acme, _filled(operation, ids), good)

    assert (refused["status"], refused["problem"]["status"], done["status"]) == (status, status, 200)
    pointers = [error["pointer"] for error in refused["problem"]["errors"]]
    assert pointers == ([] if pointer is None else [f"/operations/0{pointer}"])


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, ids) for name, inner in value.items()}
    return ids.get(value, value) if isinstance(value, str) else value


def test_an_external_key_is_taken_by_the_first(acme: Api, project: dict[str, Any]) -> None:
    create = {"op": "create", "body": {"project_id": project["id"], "title": "A", "external_key": "EX-1"}}

    results = send(acme, create, create)

    assert [result["status"] for result in results] == [201, 409]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/operations/1/body/external_key"


def test_five_hundred_operations_are_taken_and_one_more_is_not(acme: Api, project: dict[str, Any]) -> None:
    create = {"op": "create", "body": {"project_id": project["id"], "title": "A task"}}

    assert acme.post("/tasks:batch", {"operations": [create] * 501}).status_code == 400
    results = send(acme, *[create] * 500)

    assert [result["body"]["number"] for result in results] == list(range(1, 501))


def test_no_operations_are_no_work(acme: Api) -> None:
    assert send(acme) == []


@pytest.mark.parametrize("body", [{}, {"operations": {}}, {"operations": None}, {"operations": [], "x": 1}])
def test_a_batch_of_another_shape_is_refused_as_a_whole(acme: Api, body: dict[str, Any]) -> None:
    assert acme.post("/tasks:batch", body).status_code == 400


def test_deleting_wants_its_own_permission(acme: Api, new_member: Callable[..., Api], new_task: NewTask) -> None:
    task, member = new_task(), new_member(acme, "member")
    delete = {"op": "delete", "id": task["id"], "version": 1}

    assert [result["status"] for result in send(member, delete)] == [403]
    assert [result["status"] for result in send(acme, delete)] == [204]


def test_a_batch_with_a_key_is_done_once(acme: Api, project: dict[str, Any]) -> None:
    create = {"op": "create", "body": {"project_id": project["id"], "title": "A task"}}

    first = send(acme, create, create, Idempotency_Key="once-1234")
    again = send(acme, create, create, Idempotency_Key="once-1234")

    assert first == again
    assert len(acme.get("/tasks").json()["data"]) == 2
