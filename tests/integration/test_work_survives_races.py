"""Many at once: numbers without gaps, one winner per version, no orphans of what was deleted, one effect per key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpResponse
    from pymongo.database import Database

    from tests.api import Api

THREADS, EACH, ROUNDS = 8, 5, 12


@pytest.fixture
def project(acme: Api) -> dict[str, Any]:
    return dict(acme.post("/projects", {"key": "APP", "name": "App"}).json())


def at_once(*requests: Callable[[], HttpResponse]) -> list[HttpResponse]:
    """Send requests from as many threads, all starting together."""
    barrier = Barrier(len(requests))

    def send(request: Callable[[], HttpResponse]) -> HttpResponse:
        barrier.wait()
        return request()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def statuses(responses: Sequence[HttpResponse]) -> list[int]:
    return sorted(response.status_code for response in responses)


def test_numbers_are_distinct_and_without_gaps_when_many_create_at_once(acme: Api, project: dict[str, Any]) -> None:
    body = {"project_id": project["id"], "title": "A task"}

    for _ in range(EACH):
        assert statuses(at_once(*[lambda: acme.post("/tasks", body)] * THREADS)) == [201] * THREADS

    numbers = [task["number"] for task in acme.get("/tasks?limit=100").json()["data"]]
    assert sorted(numbers) == list(range(1, THREADS * EACH + 1))


def test_one_of_many_changes_of_one_version_wins(acme: Api, project: dict[str, Any]) -> None:
    task = acme.post("/tasks", {"project_id": project["id"], "title": "A task"}).json()
    path = f"/tasks/{task['id']}"
    requests = [lambda n=n: acme.patch(path, {"title": f"By {n}"}, version=1) for n in range(THREADS)]

    answers = at_once(*requests)

    assert statuses(answers) == [200] + [412] * (THREADS - 1)
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert acme.get(path).json() == winner


def test_a_project_is_either_deleted_or_has_its_new_task(acme: Api, database: Database[dict[str, Any]]) -> None:
    outcomes = set()
    for number in range(ROUNDS):
        project = acme.post("/projects", {"key": f"P{number}", "name": "App"}).json()
        created, deleted = at_once(
            lambda project=project: acme.post("/tasks", {"project_id": project["id"], "title": "A task"}),
            lambda project=project: acme.delete(f"/projects/{project['id']}", version=1),
        )
        outcomes.add((created.status_code, deleted.status_code))

    assert outcomes <= {(201, 409), (400, 204)}
    projects = database["projects"].distinct("_id")
    assert database["tasks"].count_documents({"project_id": {"$nin": projects}}) == 0


def test_a_task_is_either_deleted_with_its_comments_or_has_its_new_one(
    acme: Api, project: dict[str, Any], database: Database[dict[str, Any]]
) -> None:
    outcomes = set()
    for _ in range(ROUNDS):
        path = f"/tasks/{acme.post('/tasks', {'project_id': project['id'], 'title': 'A task'}).json()['id']}"
        said, deleted = at_once(
            lambda path=path: acme.post(f"{path}/comments", {"body": "A word"}),
            lambda path=path: acme.delete(path, version=1),
        )
        outcomes.add((said.status_code, deleted.status_code))

    assert outcomes <= {(201, 204), (404, 204)}
    assert database["comments"].count_documents({}) == 0


def test_one_of_many_tasks_gets_an_external_key(acme: Api, project: dict[str, Any]) -> None:
    body = {"project_id": project["id"], "title": "A task", "external_key": "EX-1"}

    assert statuses(at_once(*[lambda: acme.post("/tasks", body)] * THREADS)) == [201] + [409] * (THREADS - 1)
    assert acme.post("/tasks", {**body, "external_key": "EX-2"}).json()["number"] == 2


def test_batches_at_once_are_done_one_after_the_other(acme: Api, project: dict[str, Any]) -> None:
    task = acme.post("/tasks", {"project_id": project["id"], "title": "A task"}).json()
    operations = [
        {"op": "create", "body": {"project_id": project["id"], "title": "New"}},
        {"op": "update", "id": task["id"], "version": 1, "body": {"status": "done"}},
    ]

    answers = at_once(*[lambda: acme.post("/tasks:batch", {"operations": operations})] * 4)

    results = [answer.json()["results"] for answer in answers]
    assert sorted(result[0]["body"]["number"] for result in results) == [2, 3, 4, 5]
    assert sorted(result[1]["status"] for result in results) == [200, 412, 412, 412]


def test_a_key_has_one_effect_and_one_answer(acme: Api, project: dict[str, Any]) -> None:
    body = {"project_id": project["id"], "title": "A task"}

    first = acme.post("/tasks", body, Idempotency_Key="once-1234")
    again = acme.post("/tasks", body, Idempotency_Key="once-1234")
    other = acme.post("/tasks", {**body, "title": "Another"}, Idempotency_Key="once-1234")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert (again.content, again["ETag"], again["Location"]) == (first.content, first["ETag"], first["Location"])
    assert len(acme.get("/tasks").json()["data"]) == 1


def test_a_key_that_is_being_worked_on_is_a_conflict(acme: Api, project: dict[str, Any]) -> None:
    body = {"project_id": project["id"], "title": "A task"}
    for number in range(EACH):
        requests = [lambda n=number: acme.post("/tasks", body, Idempotency_Key=f"once-{n:04}")] * THREADS
        answers = at_once(*requests)

        assert set(statuses(answers)) <= {201, 409}
        made = [answer.content for answer in answers if answer.status_code == 201]
        assert len(set(made)) == 1

    assert len(acme.get("/tasks?limit=100").json()["data"]) == EACH
