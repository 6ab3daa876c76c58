"""The routes of one's own sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from tests.api import PASSWORD, Api
from tests.apps.auth.ends import credential_of, is_good

if TYPE_CHECKING:
    from collections.abc import Callable


def _again(owner: Api) -> Api:
    body = Api().post("/auth/login", {"email": owner.email, "password": PASSWORD}, User_Agent="A phone").json()
    return Api(body["access_token"], body["refresh_token"], owner.email)


def _session_id(api: Api) -> str:
    return credential_of(api.token).credential_id


def test_list_shows_ones_own_sessions_of_all_companies(acme: Api, rival: Api, new_member: Callable[..., Api]) -> None:
    here = new_member(acme, "viewer", email="anna@acme.example")
    there = new_member(rival, "admin", email="anna@acme.example")
    rows = {row["id"]: row for row in there.get("/me/sessions").json()["data"]}
    assert rows.keys() == {_session_id(here), _session_id(there)}
    shown = rows[_session_id(there)]
    assert shown["company"] == {"id": rival.company["id"], "name": "Rival", "slug": "rival"}
    assert shown.keys() == {
        *("id", "kind", "acted_by", "company", "user_agent", "address"),
        *("created_at", "last_used_at", "expires_at", "current"),
    }
    assert [rows[_session_id(each)]["current"] for each in (here, there)] == [False, True]


def test_list_says_which_device_it_was_and_when_it_was_last_used(acme: Api) -> None:
    phone = _again(acme)
    Api().post("/auth/refresh", {"refresh_token": phone.refresh_token})
    newest, first = acme.get("/me/sessions").json()["data"]
    assert (newest["user_agent"], newest["address"]) == ("A phone", "127.0.0.1")
    assert newest["last_used_at"] > newest["created_at"]
    assert first["last_used_at"] == first["created_at"]


def test_list_comes_in_pages(acme: Api) -> None:
    started = [acme, _again(acme), _again(acme)]
    first = acme.get("/me/sessions?limit=2").json()
    second = acme.get(f"/me/sessions?limit=2&cursor={first['next_cursor']}").json()
    assert [row["id"] for row in first["data"] + second["data"]] == [_session_id(each) for each in reversed(started)]
    assert second["next_cursor"] is None


def test_deleted_session_is_gone_and_the_others_stay(acme: Api) -> None:
    phone = _again(acme)
    assert acme.delete(f"/me/sessions/{_session_id(phone)}").status_code == 204
    assert not is_good(phone.token)
    assert Api().post("/auth/refresh", {"refresh_token": phone.refresh_token}).status_code == 401
    assert [row["id"] for row in acme.get("/me/sessions").json()["data"]] == [_session_id(acme)]


def test_session_of_somebody_else_answers_like_one_that_is_not_there(
    acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    colleague, phone = new_member(acme, "viewer"), _again(acme)
    acme.delete(f"/me/sessions/{_session_id(phone)}")
    ids = [_session_id(rival), _session_id(colleague), _session_id(phone), str(ObjectId())]
    answers = [acme.delete(f"/me/sessions/{each}", X_Request_ID="same-for-all") for each in ids]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert all(is_good(each.token) for each in (rival, colleague))


def test_logout_everywhere_ends_all_of_ones_own_and_nobody_elses(acme: Api, rival: Api) -> None:
    phone = _again(acme)
    assert phone.post("/auth/logout-all").status_code == 204
    assert [is_good(each.token) for each in (acme, phone, rival)] == [False, False, True]
    for each in (acme, phone):
        assert Api().post("/auth/refresh", {"refresh_token": each.refresh_token}).status_code == 401
    assert is_good(_again(acme).token)


def test_api_key_reads_and_ends_no_session_and_changes_no_password(acme: Api) -> None:
    answer = acme.post("/api-keys", {"name": "Robot"})
    key, mine = Api(answer.json()["key"]), f"/me/sessions/{_session_id(acme)}"
    assert key.get("/tasks").status_code == 200
    asked = [("GET", "/me/sessions"), ("DELETE", mine), ("POST", "/auth/logout-all"), ("POST", "/auth/password:change")]
    assert [key.send(*each).status_code for each in asked] == [403] * 4
    assert is_good(acme.token)


@pytest.mark.parametrize("path", ["/me/sessions?company=acme", "/me/sessions?limit=0", "/me/sessions?cursor=x"])
def test_odd_parameters_are_refused(acme: Api, path: str) -> None:
    assert acme.get(path).status_code == 400
