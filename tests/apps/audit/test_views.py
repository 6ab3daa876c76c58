"""The routes of the audit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api

    Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def rows(acme: Api) -> Rows:
    """Give what a query lists."""

    def listed(query: str = "") -> list[dict[str, Any]]:
        response = acme.get(f"/audit-events{query}")
        assert response.status_code == 200, response.content
        return list(response.json()["data"])

    return listed


def test_an_owner_sees_who_did_what_at_once_and_nothing_of_others(acme: Api, rival: Api, rows: Rows) -> None:
    rival.post("/projects", {"key": "APP", "name": "App"})
    made = acme.post("/projects", {"key": "APP", "name": "App"}).json()

    newest, *older = rows()
    assert (newest["action"], newest["target"]) == ("project.created", {"type": "project", "id": made["id"]})
    assert newest["actor"]["membership_id"] == acme.user["membership_id"]
    assert [each["action"] for each in older] == ["sign_in.succeeded", "member.joined", "company.created"]
    assert [each["sequence"] for each in (newest, *older)] == [4, 3, 2, 1]


def test_records_are_filtered_by_what_who_on_what_and_when(acme: Api, rows: Rows) -> None:
    made = acme.post("/projects", {"key": "APP", "name": "App"}).json()
    acme.patch(f"/projects/{made['id']}", {"name": "New"}, version=1)

    assert [each["action"] for each in rows(f"?target_id={made['id']}")] == ["project.updated", "project.created"]
    assert len(rows("?action=project.created,member.joined")) == 2
    assert len(rows(f"?actor_id={acme.user['membership_id']}")) == 5
    assert rows(f"?actor_id={made['id']}") == []
    assert rows("?at_before=2026-01-01T00:00:00Z") == []
    assert len(rows("?outcome=success&at_after=2026-01-01T00:00:00Z&sort=at")) == 5


def test_a_list_goes_on_where_the_page_before_has_ended(acme: Api) -> None:
    first = acme.get("/audit-events?limit=2").json()
    second = acme.get(f"/audit-events?limit=2&cursor={first['next_cursor']}").json()

    assert [each["sequence"] for each in [*first["data"], *second["data"]]] == [3, 2, 1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("query", ["?action=task.eaten", "?since=yesterday", "?sort=sequence", "?actor_id=me"])
def test_an_unknown_word_is_refused(acme: Api, query: str) -> None:
    assert acme.get(f"/audit-events{query}").status_code == 400


@pytest.mark.parametrize("path", ["/audit-events", "/audit-events:export"])
def test_only_owners_and_admins_may_look(acme: Api, new_member: Callable[..., Api], path: str) -> None:
    assert new_member(acme, "admin").get(path).status_code == 200
    assert new_member(acme, "manager").get(path).status_code == 403


def test_the_export_has_every_record_by_its_sequence(acme: Api) -> None:
    response: Any = acme.get("/audit-events:export")
    lines = [json.loads(line) for line in response.getvalue().splitlines()]

    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert [each["sequence"] for each in lines] == [1, 2, 3]
    later: Any = acme.get("/audit-events:export?sequence_after=3")
    assert later.getvalue() == b""


def test_what_is_listed_is_what_is_exported(acme: Api, rows: Rows) -> None:
    exported: Any = acme.get("/audit-events:export")

    assert [json.loads(line) for line in exported.getvalue().splitlines()] == rows("?sort=at")
