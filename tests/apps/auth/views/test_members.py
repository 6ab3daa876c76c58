"""The members over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api import PASSWORD, Api

if TYPE_CHECKING:
    from collections.abc import Callable

ROLES = ("admin", "manager", "member", "viewer")
SHOWN = {"id", "name", "email", "role", "kind", "status", "version", "created_at", "updated_at"}


def _listed(caller: Api, query: str = "") -> list[str]:
    return [member["role"] for member in caller.get(f"/members{query}").json()["data"]]


@pytest.fixture
def team(acme: Api, new_member: Callable[..., Api]) -> dict[str, Api]:
    """One member of every role, who came in this order."""
    return {"owner": acme, **{role: new_member(acme, role) for role in ROLES}}


def test_members_are_those_of_ones_own_company(team: dict[str, Api], rival: Api) -> None:
    for caller in team.values():
        assert _listed(caller) == ["owner", *ROLES]
    assert [member["email"] for member in rival.get("/members").json()["data"]] == [rival.email]


def test_member_is_shown_with_name_and_address(acme: Api) -> None:
    shown = acme.get("/members").json()["data"][0]
    assert shown.keys() == SHOWN
    assert (shown["id"], shown["name"], shown["email"]) == (str(acme.membership_id), "Olive Owner", acme.email)
    assert (shown["role"], shown["kind"], shown["status"], shown["version"]) == ("owner", "person", "active", 1)
    assert acme.get(f"/members/{acme.membership_id}").json() == shown


def test_members_come_in_pages_and_in_both_orders(team: dict[str, Api]) -> None:
    for sort, expected in (
        ("created_at", ["owner", *ROLES]),
        ("-created_at", ["viewer", "member", "manager", "admin", "owner"]),
    ):
        path, found = f"/members?limit=2&sort={sort}", []
        while path:
            response = team["viewer"].get(path)
            found += [member["role"] for member in response.json()["data"]]
            path = response.headers.get("Link", "").partition("<")[2].partition(">")[0]
        assert found == expected


def test_members_are_filtered_by_role(team: dict[str, Api]) -> None:
    assert _listed(team["owner"], "?role=admin,viewer") == ["admin", "viewer"]
    assert _listed(team["owner"], "?role=viewer&sort=-created_at") == ["viewer"]


@pytest.mark.parametrize(
    "query",
    [
        "role=boss",
        "role=",
        "role=admin,",
        "sort=name",
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=x",
        "status=ended",
        "x=1",
    ],
)
def test_members_refuse_what_is_not_published(acme: Api, query: str) -> None:
    response = acme.get(f"/members?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "?" + query.partition("=")[0]


def test_cursor_of_a_rival_is_refused(team: dict[str, Api], rival: Api) -> None:
    cursor = team["owner"].get("/members?limit=1").json()["next_cursor"]
    response = rival.get(f"/members?limit=1&cursor={cursor}")
    assert (response.status_code, response.json()["code"]) == (400, "bad-cursor")


def test_member_of_a_rival_answers_like_one_that_is_nobody(acme: Api, rival: Api) -> None:
    request_id = {"X_Request_ID": "the-same-for-both"}
    for send in (
        lambda path: acme.get(path, **request_id),
        lambda path: acme.patch(path, {"role": "viewer"}, **request_id),
        lambda path: acme.delete(path, **request_id),
    ):
        theirs, nobody = send(f"/members/{rival.membership_id}"), send(f"/members/{'0' * 24}")
        assert (theirs.status_code, theirs.content) == (404, nobody.content)
    assert _listed(rival) == ["owner"]


def test_member_is_304_until_role_or_name_change(team: dict[str, Api]) -> None:
    path = f"/members/{team['viewer'].membership_id}"
    for change in (
        lambda: team["viewer"].patch("/me", {"name": "Renamed"}),
        lambda: team["owner"].patch(path, {"role": "member"}),  # last: it ends what the viewer has signed in with
    ):
        tag = team["owner"].get(path).headers["ETag"]
        assert team["owner"].get(path, If_None_Match=tag).status_code == 304
        assert change().status_code == 200
        assert team["owner"].get(path, If_None_Match=tag).status_code == 200


def test_role_is_changed_and_ends_the_sessions_of_the_old_one(team: dict[str, Api]) -> None:
    viewer = team["viewer"]
    response = team["admin"].patch(f"/members/{viewer.membership_id}", {"role": "manager"})
    assert response.status_code == 200
    assert (response.json()["role"], response.json()["version"]) == ("manager", 2)
    refused = Api().post("/auth/refresh", {"refresh_token": viewer.refresh_token})
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-refresh-token")
    assert Api().post("/auth/login", {"email": viewer.email, "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize(
    "body", [{"role": "boss"}, {"role": None}, {"role": ["admin"]}, {"role": "admin", "name": "X"}]
)
def test_member_refuses_what_cannot_be_changed(team: dict[str, Api], body: object) -> None:
    assert team["owner"].patch(f"/members/{team['viewer'].membership_id}", body).status_code == 400
    assert _listed(team["owner"]) == ["owner", *ROLES]


def test_empty_patch_changes_nothing(team: dict[str, Api]) -> None:
    response = team["owner"].patch(f"/members/{team['viewer'].membership_id}", {})
    assert (response.status_code, response.json()["version"]) == (200, 1)


def test_admin_neither_touches_an_owner_nor_makes_one(team: dict[str, Api]) -> None:
    owner, viewer = (f"/members/{team[role].membership_id}" for role in ("owner", "viewer"))
    for response in (
        team["admin"].patch(owner, {"role": "viewer"}),
        team["admin"].delete(owner),
        team["admin"].patch(viewer, {"role": "owner"}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "above-your-role")


def test_member_leaves_and_removes_nobody_else(team: dict[str, Api]) -> None:
    member, viewer = team["member"], team["viewer"]
    assert member.delete(f"/members/{viewer.membership_id}").json()["code"] == "denied"
    response = member.delete(f"/members/{member.membership_id}")
    assert (response.status_code, response.content) == (204, b"")
    assert _listed(team["owner"]) == ["owner", "admin", "manager", "viewer"]
    assert Api().post("/auth/login", {"email": member.email, "password": PASSWORD}).status_code == 401


def test_last_owner_is_told_why_they_cannot_leave(acme: Api) -> None:
    response = acme.delete(f"/members/{acme.membership_id}")
    assert (response.status_code, response.json()["code"]) == (409, "last-owner")
    assert acme.get("/members").status_code == 200


def test_member_who_has_left_is_still_found_by_id(team: dict[str, Api]) -> None:
    gone = team["viewer"].membership_id
    team["owner"].delete(f"/members/{gone}")
    shown = team["owner"].get(f"/members/{gone}").json()
    assert (shown["status"], shown["email"]) == ("ended", team["viewer"].email)
    again = team["owner"].delete(f"/members/{gone}")
    assert (again.status_code, again.json()["code"]) == (409, "member-ended")
