"""Pages, cursors, sparse answers and ETags, by the example of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


def test_a_task_is_not_sent_again_while_it_is_the_same(acme: Api, new_task: NewTask) -> None:
    task = new_task()
    path = f"/tasks/{task['id']}"

    same = acme.get(path, If_None_Match='"1"')
    acme.patch(path, {"title": "Other"}, version=1)
    other = acme.get(path, If_None_Match='"1"')

    assert (same.status_code, same.content, same["ETag"]) == (304, b"", '"1"')
    assert (other.status_code, other["ETag"]) == (200, '"2"')


def test_only_the_fields_that_were_asked_for_are_sent_and_no_etag(acme: Api, new_task: NewTask) -> None:
    task = new_task(**EVERYTHING)

    one = acme.get(f"/tasks/{task['id']}?fields=title,points", If_None_Match='"1"')
    many = acme.get("/tasks?fields=title,points")

    expected = {"id": task["id"], "title": "Log in", "points": 2.5}
    assert (one.status_code, one.json(), "ETag" in one) == (200, expected, False)
    assert many.json()["data"] == [expected]


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
