"""The routes of comments, as a client meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api

    NewTask = Callable[..., dict[str, Any]]


@pytest.fixture
def path(new_task: NewTask) -> str:
    return f"/tasks/{new_task()['id']}/comments"


def test_a_comment_is_written_and_listed(acme: Api, path: str) -> None:
    response = acme.post(path, {"body": "A word"})

    comment = response.json()
    assert (response.status_code, response["ETag"], comment["author_id"]) == (201, '"1"', acme.user["membership_id"])
    assert acme.get(path).json() == {"data": [comment], "next_cursor": None}
    assert acme.get(f"{path}?fields=body").json()["data"] == [{"id": comment["id"], "body": "A word"}]


@pytest.mark.parametrize(
    "body", [{}, {"body": ""}, {"body": "x" * 32_769}, {"body": 1}, {"body": "A", "author_id": "B"}]
)
def test_a_comment_of_another_shape_is_refused(acme: Api, path: str, body: dict[str, Any]) -> None:
    assert acme.post(path, body).status_code == 400


def test_comments_come_in_pages_the_oldest_first(acme: Api, path: str) -> None:
    for body in ("One", "Two", "Three"):
        acme.post(path, {"body": body})

    first = acme.get(f"{path}?limit=2")
    rest = acme.get(first["Link"].partition(">")[0].removeprefix("<"))

    assert [row["body"] for row in first.json()["data"] + rest.json()["data"]] == ["One", "Two", "Three"]
    assert acme.get(f"{path}?sort=-created_at&limit=1").json()["data"][0]["body"] == "Three"


def test_only_its_author_changes_a_comment(acme: Api, new_member: Callable[..., Api], path: str) -> None:
    member = new_member(acme, "member")
    comment = member.post(path, {"body": "Mine"}).json()
    place = f"/comments/{comment['id']}"

    assert acme.patch(place, {"body": "Not mine"}, version=1).json()["code"] == "not-your-comment"
    assert member.patch(place, {"body": "Better"}).status_code == 428
    assert member.patch(place, {"body": "Better"}, version=1)["ETag"] == '"2"'
    assert member.patch(place, {"body": "Better"}, version=1).status_code == 412
    assert member.patch(place, {}, version=2).json()["body"] == "Better"


def test_a_leader_deletes_anybodys_comment_and_a_member_their_own(
    acme: Api, new_member: Callable[..., Api], path: str
) -> None:
    member, other = new_member(acme, "member"), new_member(acme, "member", email="other@acme.example")
    one, two = (f"/comments/{member.post(path, {'body': body}).json()['id']}" for body in ("One", "Two"))

    assert other.delete(one, version=1).status_code == 403
    assert member.delete(one, version=1).status_code == 204
    assert acme.delete(two, version=1).status_code == 204
    assert acme.get(path).json()["data"] == []


def test_a_viewer_reads_comments_and_writes_none(acme: Api, new_member: Callable[..., Api], path: str) -> None:
    viewer = new_member(acme, "viewer")

    assert viewer.get(path).status_code == 200
    assert viewer.post(path, {"body": "A word"}).status_code == 403
