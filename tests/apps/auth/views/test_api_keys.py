"""API keys over HTTP."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.web import rendering
from tests.api import Api

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from pymongo.database import Database

SHOWN = {
    *("id", "name", "prefix", "scopes", "role", "membership_id", "service_account"),
    *("created_at", "expires_at", "last_used_at"),
}
ROBOT = {"name": "Robot", "role": "member"}


def _issued(caller: Api, **body: object) -> dict[str, Any]:
    answer = caller.post("/api-keys", {"name": "CI", **body})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def _in(**time: int) -> str:
    return rendering.instant(clock.now() + timedelta(**time))


def masked(response: HttpResponse) -> bytes:
    """Give the body without what names the request."""
    return response.content.replace(response.headers["X-Request-ID"].encode(), b"-")


def test_key_acts_as_whoever_issued_it(acme: Api, rival: Api) -> None:
    project = acme.post("/projects", {"key": "WEB", "name": "Web"}).json()
    rival.post("/projects", {"key": "OWN", "name": "Theirs"})
    issued = _issued(acme)
    assert issued.keys() == {*SHOWN, "key"}
    assert (issued["membership_id"], issued["role"], issued["scopes"]) == (str(acme.membership_id), "owner", None)
    key = Api(issued["key"])
    assert key.get("/me").json()["membership_id"] == str(acme.membership_id)
    assert [row["id"] for row in key.get("/projects").json()["data"]] == [project["id"]]
    created = key.post("/tasks", {"project_id": project["id"], "title": "By a key"})
    assert (created.status_code, created.json()["reporter_id"]) == (201, str(acme.membership_id))


def test_key_is_shown_once(acme: Api, database: Database[dict[str, Any]]) -> None:
    answer = acme.post("/api-keys", {"name": "CI"}, Idempotency_Key="once")
    key = answer.json()["key"]
    assert answer.headers["Cache-Control"] == "no-store"
    second = acme.post("/api-keys", {"name": "CI"}, Idempotency_Key="once").json()
    assert second["key"] != key
    secret = key.split("_")[2]
    listed = acme.get("/api-keys")
    assert [row.keys() for row in listed.json()["data"]] == [SHOWN, SHOWN]
    kept = [repr(each) for name in database.list_collection_names() for each in database[name].find()]
    assert not any(secret in text for text in [listed.content.decode(), *kept])


def test_secret_is_not_in_the_log(acme: Api, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "django.request", "pymongo"):  # the drivers say every command, at this level
        caplog.set_level(logging.DEBUG, logger=name)
    key = _issued(acme)["key"]
    for text in (key, key[:-1], key.swapcase()):
        Api(text).get("/me")
    Api(key).post("/api-keys", {"name": "CI"})
    secret = key.split("_")[2]
    logged = [json.dumps(record.__dict__, default=repr) + record.getMessage() for record in caplog.records]
    assert any("api_keys" in line for line in logged)
    assert not any(secret in line or secret.swapcase() in line for line in logged)


def test_service_account_is_a_member_that_works_by_its_key(acme: Api, rival: Api) -> None:
    issued = _issued(acme, service_account=ROBOT)
    assert (issued["role"], issued["service_account"]) == ("member", "Robot")
    me = Api(issued["key"]).get("/me").json()
    assert (me["name"], me["role"], me["membership_id"]) == ("Robot", "member", issued["membership_id"])
    assert me["email"].endswith(".invalid")
    kinds = {row["id"]: row["kind"] for row in acme.get("/members").json()["data"]}
    assert kinds == {str(acme.membership_id): "person", issued["membership_id"]: "service"}
    assert len(rival.get("/members").json()["data"]) == 1


def test_service_account_ends_with_its_keys(acme: Api) -> None:
    issued, mine = _issued(acme, service_account=ROBOT), _issued(acme)
    key = Api(issued["key"])
    assert key.get("/tasks").status_code == 200
    assert acme.delete(f"/members/{issued['membership_id']}").status_code == 204
    assert [row["id"] for row in acme.get("/api-keys").json()["data"]] == [mine["id"]]
    assert Api(mine["key"]).get("/tasks").status_code == 200


def test_service_account_never_becomes_an_owner(acme: Api) -> None:
    member_id = _issued(acme, service_account=ROBOT)["membership_id"]
    answer = acme.patch(f"/members/{member_id}", {"role": "owner"})
    assert (answer.status_code, answer.json()["code"]) == (400, "service-account-role")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/role"]


def test_scopes_narrow_the_role(acme: Api) -> None:
    key = Api(_issued(acme, scopes=["tasks.read", "tasks.read", "me.read"])["key"])
    assert [key.get(path).status_code for path in ("/tasks", "/me", "/projects", "/members")] == [200, 200, 403, 403]


def test_key_makes_no_credential_and_touches_none(acme: Api) -> None:
    key = Api(_issued(acme)["key"])
    answers = [
        key.post("/api-keys", {"name": "More"}),
        key.post("/api-keys", {"name": "More", "service_account": ROBOT}),
        key.post("/auth/switch", {"company_slug": "acme"}),
        key.post("/auth/logout"),
        key.post("/invitations", {"email": "friend@acme.example", "role": "admin"}),
        key.patch("/me", {"name": "Somebody else"}),
        key.get("/me/companies"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "denied")] * len(answers)


def test_key_expires(acme: Api) -> None:
    issued = _issued(acme, expires_at=_in(hours=1))
    assert Api(issued["key"]).get("/me").status_code == 200
    with clock.shifted(timedelta(minutes=61)):
        assert Api(issued["key"]).get("/me").status_code == 401
    assert acme.get("/api-keys").json()["data"][0]["expires_at"] == issued["expires_at"]


def test_key_lives_for_a_year_where_nobody_says(acme: Api) -> None:
    expires = [_issued(acme)["expires_at"], _issued(acme, expires_at=None)["expires_at"]]
    assert all(_in(days=365) < moment <= _in(days=366) for moment in expires)


@pytest.mark.parametrize("kind", ["ended", "expired", "unknown", "mistyped", "truncated", "other-secret", "empty"])
def test_every_bad_key_gets_the_answer_of_every_bad_token(acme: Api, kind: str) -> None:
    issued = _issued(acme, expires_at=_in(hours=1))
    key, other = issued["key"], _issued(acme)["key"]
    bad = {
        "unknown": "np_0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZa178rwx",
        "mistyped": key[:-1] + ("0" if key[-1] != "0" else "1"),
        "truncated": key[:20],
        "other-secret": "_".join([*key.split("_")[:2], other.split("_")[2]]),
        "empty": "np_",
    }
    if kind == "ended":
        assert acme.delete(f"/api-keys/{issued['id']}").status_code == 204
    with clock.shifted(timedelta(hours=2 if kind == "expired" else 0)):
        answer = Api(bad.get(kind, key)).get("/me")
    assert answer.status_code == 401
    assert masked(answer) == masked(Api("nonsense").get("/me"))
    assert answer.headers["WWW-Authenticate"] == Api("nonsense").get("/me").headers["WWW-Authenticate"]


def test_keys_are_listed_in_pages(acme: Api, rival: Api) -> None:
    _issued(rival)
    ids = [_issued(acme)["id"] for _ in range(4)]
    acme.delete(f"/api-keys/{ids[1]}")
    first = acme.get("/api-keys?limit=2&sort=-created_at").json()
    second = acme.get(f"/api-keys?limit=2&sort=-created_at&cursor={first['next_cursor']}").json()
    assert [row["id"] for row in first["data"] + second["data"]] == [ids[3], ids[2], ids[0]]
    assert second["next_cursor"] is None


def test_member_sees_and_ends_their_own_keys_alone(acme: Api, new_member: Callable[..., Api]) -> None:
    member = new_member(acme, "member")
    mine, owners = _issued(member)["id"], _issued(acme)["id"]
    assert [row["id"] for row in member.get("/api-keys").json()["data"]] == [mine]
    assert [row["id"] for row in acme.get("/api-keys").json()["data"]] == [mine, owners]
    assert member.delete(f"/api-keys/{owners}").status_code == 404
    assert acme.delete(f"/api-keys/{mine}").status_code == 204


def test_key_of_a_rival_answers_like_one_that_never_was(acme: Api, rival: Api) -> None:
    theirs = _issued(rival)
    answers = [acme.delete(f"/api-keys/{each}", X_Request_ID="the-same-for-both") for each in (theirs["id"], "0" * 24)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert Api(theirs["key"]).get("/me").status_code == 200


@pytest.mark.parametrize("role", ["manager", "member", "viewer"])
def test_service_accounts_are_for_who_manages_members(acme: Api, new_member: Callable[..., Api], role: str) -> None:
    somebody = new_member(acme, role)
    answer = somebody.post("/api-keys", {"name": "CI", "service_account": {"name": "Robot", "role": "viewer"}})
    assert (answer.status_code, answer.json()["code"]) == (403, "denied")


def test_address_of_a_service_account_is_neither_invited_nor_signed_up(acme: Api) -> None:
    email = Api(_issued(acme, service_account=ROBOT)["key"]).get("/me").json()["email"]
    answer = acme.post("/invitations", {"email": email, "role": "viewer"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/email")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"scopes": ["tasks.read"]}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "CI", "key": "mine"}, "/key"),
        ({"name": "CI", "scopes": []}, "/scopes"),
        ({"name": "CI", "scopes": "tasks.read"}, "/scopes"),
        ({"name": "CI", "scopes": ["tasks.read", "no.such.word"]}, "/scopes/1"),
        ({"name": "CI", "scopes": ["tasks.read", {"$ne": 1}]}, "/scopes/1"),
        ({"name": "CI", "scopes": ["tasks.read", "sessions.create"]}, "/scopes/1"),
        ({"name": "CI", "scopes": ["tasks.read", "tasks.delete"], "service_account": ROBOT}, "/scopes/1"),
        ({"name": "CI", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "CI", "expires_at": "9999-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "CI", "expires_at": "tomorrow"}, "/expires_at"),
        ({"name": "CI", "service_account": {}}, "/service_account/name"),
        ({"name": "CI", "service_account": {"name": "Robot", "role": "owner"}}, "/service_account/role"),
        ({"name": "CI", "service_account": {**ROBOT, "company_id": "0" * 24}}, "/service_account/company_id"),
        ({"name": "CI", "service_account": "Robot"}, "/service_account"),
    ],
)
def test_key_refuses_a_body_that_is_none(acme: Api, body: object, pointer: str) -> None:
    answer = acme.post("/api-keys", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert acme.get("/api-keys").json()["data"] == []
    assert len(acme.get("/members").json()["data"]) == 1
