"""Invitations over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from novapulse import clock
from tests.api import PASSWORD, Api

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

SHOWN = {"id", "email", "role", "status", "invited_by_id", "created_at", "expires_at"}
NEW = "new@acme.example"


def _invite(caller: Api, *, email: str = NEW, role: str = "member") -> HttpResponse:
    return caller.post("/invitations", {"email": email, "role": role})


def _mailed_token() -> str:
    return str(mail.outbox[-1].body).split("token=")[1].split()[0]


def _accept(token: str, **besides: str) -> HttpResponse:
    return Api().post("/invitations:accept", {"token": token, **besides})


def test_invitation_is_mailed_and_accepted(acme: Api) -> None:
    created = _invite(acme)
    assert created.status_code == 201
    assert created.json().keys() == SHOWN
    assert (created.json()["status"], created.json()["invited_by_id"]) == ("pending", str(acme.membership_id))
    accepted = _accept(_mailed_token(), name="New", password=PASSWORD)
    assert accepted.status_code == 200
    assert accepted.json().keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert accepted.headers["Cache-Control"] == "no-store"
    me = Api(accepted.json()["access_token"]).get("/me").json()
    assert (me["email"], me["role"]) == (NEW, "member")


def test_token_stands_in_no_answer(acme: Api) -> None:
    created = acme.post("/invitations", {"email": NEW, "role": "member"}, Idempotency_Key="once")
    token = _mailed_token()
    replayed = acme.post("/invitations", {"email": NEW, "role": "member"}, Idempotency_Key="once")
    refused = _accept(token)
    accepted = _accept(token, name="New", password=PASSWORD)
    used = _accept(token, name="New", password=PASSWORD)
    for response in (created, replayed, acme.get("/invitations"), refused, accepted, used):
        assert token not in response.content.decode() + str(response.headers)


def test_repeated_request_sends_one_mail(acme: Api) -> None:
    answers = [acme.post("/invitations", {"email": NEW, "role": "member"}, Idempotency_Key="once") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("kind", ["unknown", "used", "revoked", "expired"])
def test_bad_token_is_refused_alike_whatever_the_reason(acme: Api, kind: str) -> None:
    invitation = _invite(acme).json()
    token, shift = _mailed_token(), timedelta()
    if kind == "unknown":
        token = "A" * 43
    elif kind == "used":
        _accept(token, name="New", password=PASSWORD)
    elif kind == "revoked":
        assert acme.delete(f"/invitations/{invitation['id']}").status_code == 204
    else:
        shift = timedelta(days=7, seconds=1)
    with clock.shifted(shift):
        response = _accept(token, name="New", password=PASSWORD)
    assert (response.status_code, response.json()["code"]) == (404, "invitation-not-valid")
    assert response.json()["errors"] == []


def test_wrong_password_leaves_the_invitation_open(acme: Api, rival: Api) -> None:
    _invite(rival, email="known@acme.example")
    _accept(_mailed_token(), name="Known", password=PASSWORD)
    _invite(acme, email="known@acme.example")
    token = _mailed_token()
    wrong = _accept(token, password="not the password at all")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid-credentials")
    accepted = _accept(token, password=PASSWORD)
    assert accepted.status_code == 200
    companies = Api(accepted.json()["access_token"]).get("/me/companies").json()["data"]
    assert len(companies) == 2


@pytest.mark.usefixtures("limits")
def test_passwords_cannot_be_guessed_with_one_token(acme: Api) -> None:
    _invite(acme)
    token = _mailed_token()
    codes = [_accept(token, name="New", password="short").status_code for _ in range(21)]  # over two windows at most
    assert set(codes[:10]) == {400}
    assert 429 in codes


@pytest.mark.usefixtures("limits")
def test_one_address_gets_only_so_many_mails_of_one_company(acme: Api, rival: Api) -> None:
    answers = [_invite(acme, email=NEW.upper() if number % 2 else NEW) for number in range(11)]  # two windows at most
    assert [answer.status_code for answer in answers[:5]] == [201] * 5
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too-many-requests")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3600
    assert len(mail.outbox) <= 10
    assert _invite(acme, email="other@acme.example").status_code == 201
    assert _invite(rival).status_code == 201


def test_member_is_not_invited_again(acme: Api, new_member: Callable[..., Api]) -> None:
    member = new_member(acme, "member")
    response = _invite(acme, email=member.email.upper())
    assert (response.status_code, response.json()["code"]) == (409, "already-member")


def test_invitations_are_listed_in_pages_by_status(acme: Api, rival: Api) -> None:
    _invite(rival, email="theirs@rival.example")
    ids = [_invite(acme, email=f"{number}@acme.example").json()["id"] for number in range(4)]
    acme.delete(f"/invitations/{ids[1]}")
    first = acme.get("/invitations?status=pending&limit=2&sort=-created_at").json()
    second = acme.get(f"/invitations?status=pending&limit=2&sort=-created_at&cursor={first['next_cursor']}").json()
    assert [row["id"] for row in first["data"] + second["data"]] == [ids[3], ids[2], ids[0]]
    assert second["next_cursor"] is None
    assert [row["id"] for row in acme.get("/invitations").json()["data"]] == ids
    both = acme.get("/invitations?status=revoked,pending").json()["data"]
    assert [row["status"] for row in both] == ["pending", "revoked", "pending", "pending"]


@pytest.mark.parametrize("query", ["status=open", "role=member", "sort=email", "limit=1000"])
def test_invitations_refuse_what_is_not_published(acme: Api, query: str) -> None:
    assert acme.get(f"/invitations?{query}").status_code == 400


def test_invitation_of_a_rival_answers_like_one_that_never_was(acme: Api, rival: Api) -> None:
    theirs = _invite(rival, email="theirs@rival.example").json()["id"]
    answers = [acme.delete(f"/invitations/{each}", X_Request_ID="the-same-for-both") for each in (theirs, "0" * 24)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert rival.get("/invitations").json()["data"][0]["status"] == "pending"


def test_settled_invitation_is_not_revoked(acme: Api) -> None:
    invitation = _invite(acme).json()
    _accept(_mailed_token(), name="New", password=PASSWORD)
    response = acme.delete(f"/invitations/{invitation['id']}")
    assert (response.status_code, response.json()["code"]) == (409, "invitation-settled")
    assert acme.get("/invitations").json()["data"][0]["status"] == "accepted"


@pytest.mark.parametrize("role", ["manager", "member", "viewer"])
def test_invitations_are_for_admins(acme: Api, new_member: Callable[..., Api], role: str) -> None:
    somebody = new_member(acme, role)
    assert _invite(somebody, role="viewer").status_code == 403
    assert somebody.get("/invitations").status_code == 403


def test_admin_invites_no_owner(acme: Api, new_member: Callable[..., Api]) -> None:
    response = _invite(new_member(acme, "admin"), role="owner")
    assert (response.status_code, response.json()["code"]) == (403, "above-your-role")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "member"}, "/email"),
        ({"email": NEW}, "/role"),
        ({"email": "nobody", "role": "member"}, "/email"),
        ({"email": f"{'x' * 250}@a.example", "role": "member"}, "/email"),
        ({"email": "a@b.example\nBcc: c@d.example", "role": "member"}, "/email"),
        ({"email": {"$ne": 1}, "role": "member"}, "/email"),
        ({"email": "\u017fam@acme.example", "role": "member"}, "/email"),
        ({"email": "sam@\u212aiosk.example", "role": "member"}, "/email"),
        ({"email": '"sam"@acme.example', "role": "member"}, "/email"),
        ({"email": NEW, "role": "boss"}, "/role"),
        ({"email": NEW, "role": "member", "token": "mine"}, "/token"),
        ({"email": NEW, "role": "member", "company_id": "0" * 24}, "/company_id"),
    ],
)
def test_invitation_refuses_a_body_that_is_none(acme: Api, body: object, pointer: str) -> None:
    response = acme.post("/invitations", body)
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert mail.outbox == []


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": 5}, {"token": None}, {"token": ["x"]}, {"token": "x" * 129}]
)
def test_acceptance_refuses_a_body_without_a_token(acme: Api, body: object) -> None:
    response = Api().post("/invitations:accept", body)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/token")
