"""Signing up, in, on, over and out, as a client sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse import clock
from tests.api import PASSWORD, Api

if TYPE_CHECKING:
    from django.http import HttpResponse
    from pymongo.database import Database

SIGNUP = {
    "company_name": "Acme Rockets",
    "company_slug": "acme",
    "country": "DE",
    "name": "Olive Owner",
    "email": "Olive@acme.example",
    "password": PASSWORD,
}
TOKENS = {"access_token", "refresh_token", "token_type", "expires_in"}


def masked(response: HttpResponse) -> bytes:
    """Give the body without what names the request."""
    return response.content.replace(response.headers["X-Request-ID"].encode(), b"-")


def _errors(response: HttpResponse) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


def _login(email: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return Api().post("/auth/login", {"email": email, "password": password, **more})


def _joined(database: Database[dict[str, Any]], person: Api, company: Api, *, role: str = "member") -> None:
    """Make somebody a member of another company, as an accepted invitation does."""
    now = clock.now()
    database.memberships.insert_one(
        {
            "company_id": company.company_id,
            "location": company.company["country"],
            "identity_id": ObjectId(person.user["id"]),
            "role": role,
            "kind": "person",
            "status": "active",
            "credential_version": 1,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
    )


def test_signup_founds_a_company_and_signs_its_owner_in(database: object) -> None:
    answer = Api().post("/auth/signup", SIGNUP)
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert body.keys() == TOKENS | {"company", "user"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert (body["company"]["slug"], body["company"]["country"], body["company"]["version"]) == ("acme", "DE", 1)
    assert body["user"].keys() == {"id", "name", "email", "membership_id", "role"}
    assert (body["user"]["email"], body["user"]["role"]) == ("Olive@acme.example", "owner")
    assert Api(body["access_token"]).get("/me").json()["membership_id"] == body["user"]["membership_id"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"email": "OLIVE@acme.example", "company_slug": "other"}, "/email", "email-taken"),
        ({"email": "other@acme.example"}, "/company_slug", "slug-taken"),
    ],
)
def test_signup_says_what_is_taken(database: object, change: dict[str, str], pointer: str, code: str) -> None:
    assert Api().post("/auth/signup", SIGNUP).status_code == 201
    answer = Api().post("/auth/signup", {**SIGNUP, **change})
    assert (answer.status_code, answer.json()["code"], _errors(answer)) == (409, code, {pointer: code})


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"password": "too short"}, "/password", "password-too-short"),
        ({"password": "x" * 257}, "/password", "password-too-long"),
        ({"password": "acme rockets 2026"}, "/password", "password-blocklisted"),
        ({"password": 123456789012345}, "/password", "invalid"),
        ({"password": None}, "/password", "null"),
        ({"email": "no address"}, "/email", "invalid"),
        ({"email": "a@b.example\n"}, None, None),
        ({"email": f"{'a' * 250}@b.example"}, "/email", "max-length"),
        ({"email": {"$ne": None}}, "/email", "invalid"),
        ({"email": "olive@\u017fome.example"}, "/email", "invalid"),
        ({"email": "\u212aim@acme.example"}, "/email", "invalid"),
        ({"company_slug": "A"}, "/company_slug", "invalid"),
        ({"company_slug": "a"}, "/company_slug", "invalid"),
        ({"company_slug": "-acme"}, "/company_slug", "invalid"),
        ({"company_slug": "acme-"}, "/company_slug", "invalid"),
        ({"company_slug": "a" * 41}, "/company_slug", "invalid"),
        ({"company_slug": "acme_rockets"}, "/company_slug", "invalid"),
        ({"country": "de"}, "/country", "invalid-choice"),
        ({"country": "XX"}, "/country", "invalid-choice"),
        ({"name": "  "}, "/name", "blank"),
        ({"role": "owner"}, "/role", "unknown"),
    ],
    ids=repr,
)
def test_signup_points_at_what_is_wrong(
    database: object, change: dict[str, Any], pointer: str | None, code: str | None
) -> None:
    answer = Api().post("/auth/signup", {**SIGNUP, **change})
    if pointer is None:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, _errors(answer)) == (400, {pointer: code})


def test_password_is_not_trimmed(database: object) -> None:
    spaced = f"  {PASSWORD}  "
    assert Api().post("/auth/signup", {**SIGNUP, "password": spaced}).status_code == 201
    assert _login(SIGNUP["email"], spaced).status_code == 200
    assert _login(SIGNUP["email"], PASSWORD).status_code == 401


def test_login_answers_with_tokens_that_work(acme: Api) -> None:
    answer = _login(acme.email.upper())
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json().keys() == TOKENS
    assert Api(answer.json()["access_token"]).get("/me").json()["company"]["slug"] == "acme"


def test_login_takes_a_one_time_code_of_digits(acme: Api) -> None:
    assert _login(acme.email, otp="123456").status_code == 200
    assert _errors(_login(acme.email, otp="12345")) == {"/otp": "invalid"}


def test_login_tells_nobody_which_addresses_there_are(
    acme: Api, rival: Api, database: Database[dict[str, Any]]
) -> None:
    left = Api().post("/auth/signup", {**SIGNUP, "company_slug": "gone", "email": "left@gone.example"}).json()
    gone = {"_id": ObjectId(left["user"]["membership_id"])}
    database.memberships.update_one(gone, {"$set": {"status": "ended"}})
    answers = {
        "unknown address": _login("nobody@acme.example"),
        "wrong password": _login(acme.email, "another quiet river flows"),
        "foreign company": _login(acme.email, company_slug="rival"),
        "no such company": _login(acme.email, company_slug="no-such"),
        "wrong password, foreign company": _login(acme.email, "another quiet river", company_slug="rival"),
        "no company left": _login("left@gone.example"),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert len({masked(answer) for answer in answers.values()}) == 1
    assert answers["unknown address"].json()["code"] == "invalid-credentials"


def test_login_asks_for_a_company_when_there_are_several(
    acme: Api, rival: Api, database: Database[dict[str, Any]]
) -> None:
    _joined(database, acme, rival)
    answer = _login(acme.email)
    assert (answer.status_code, answer.json()["code"]) == (409, "company-choice")
    assert answer.json()["companies"] == [{"slug": "acme", "name": "Acme"}, {"slug": "rival", "name": "Rival"}]
    assert _login(acme.email, "a wrong password, long enough").status_code == 401
    chosen = _login(acme.email, company_slug="rival").json()
    assert Api(chosen["access_token"]).get("/me").json()["role"] == "member"


def test_suspended_company_is_signed_into_by_nobody(acme: Api, rival: Api, database: Database[dict[str, Any]]) -> None:
    _joined(database, acme, rival)
    database.companies.update_one({"slug": "rival"}, {"$set": {"status": "suspended"}})
    answer = _login(acme.email, company_slug="rival")
    assert (answer.status_code, answer.json()["code"]) == (403, "company-suspended")
    assert _login(acme.email).status_code == 200  # the other one is the only choice
    assert _login(rival.email, "a wrong password, long enough").status_code == 401
    assert Api().post("/auth/refresh", {"refresh_token": rival.refresh_token}).status_code == 403
    database.companies.update_one({"slug": "rival"}, {"$set": {"status": "active"}})
    assert Api().post("/auth/refresh", {"refresh_token": rival.refresh_token}).status_code == 200


def test_refresh_gives_a_successor_with_the_present_role(acme: Api, database: Database[dict[str, Any]]) -> None:
    database.memberships.update_one(
        {"_id": acme.membership_id}, {"$set": {"role": "viewer"}, "$inc": {"credential_version": 1}}
    )
    answer = Api().post("/auth/refresh", {"refresh_token": acme.refresh_token})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json()["refresh_token"] != acme.refresh_token
    assert Api(answer.json()["access_token"]).post("/invitations", {}).status_code == 403


def test_bad_refresh_tokens_get_one_answer(acme: Api) -> None:
    once = Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["refresh_token"]
    Api().post("/auth/refresh", {"refresh_token": once})
    answers = [
        Api().post("/auth/refresh", {"refresh_token": token})
        for token in ("x", f"npr_{ObjectId()}_1_{'A' * 43}", acme.refresh_token, once, acme.token[:100])
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({masked(answer) for answer in answers}) == 1
    assert answers[0].json()["code"] == "invalid-refresh-token"


def test_refresh_ends_the_session_when_the_membership_has_ended(acme: Api, database: Database[dict[str, Any]]) -> None:
    database.memberships.update_one({"_id": acme.membership_id}, {"$set": {"status": "ended"}})
    assert Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 401
    session = database.sessions.find_one({"membership_id": acme.membership_id})
    assert session is not None
    assert session["end_reason"] == "membership-ended"


def test_logout_ends_its_session_and_no_other(acme: Api, rival: Api) -> None:
    second = _login(acme.email).json()
    assert acme.post("/auth/logout").status_code == 204
    assert acme.get("/me").status_code == 401
    assert Api(second["access_token"]).get("/me").status_code == rival.get("/me").status_code == 200
    assert Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 401
    assert Api().post("/auth/refresh", {"refresh_token": second["refresh_token"]}).status_code == 200
    assert Api().post("/auth/refresh", {"refresh_token": rival.refresh_token}).status_code == 200


def test_switch_goes_on_in_another_company(acme: Api, rival: Api, database: Database[dict[str, Any]]) -> None:
    _joined(database, acme, rival, role="viewer")
    answer = acme.post("/auth/switch", {"company_slug": "rival"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    switched = Api(answer.json()["access_token"]).get("/me").json()
    assert (switched["company"]["slug"], switched["role"], switched["id"]) == ("rival", "viewer", acme.user["id"])
    assert acme.get("/me").json()["company"]["slug"] == "acme"


def test_switch_does_not_prolong_the_sign_in(acme: Api, database: Database[dict[str, Any]]) -> None:
    with clock.shifted(timedelta(minutes=5)):
        assert acme.post("/auth/switch", {"company_slug": "acme"}).status_code == 200
    assert len(database.sessions.distinct("expires_at")) == 1


def test_switch_to_a_foreign_company_answers_as_to_none(acme: Api, rival: Api) -> None:
    foreign = acme.post("/auth/switch", {"company_slug": "rival"})
    assert foreign.status_code == 404
    assert masked(foreign) == masked(acme.post("/auth/switch", {"company_slug": "no-such"}))


def test_switch_is_refused_after_logout(acme: Api) -> None:
    acme.post("/auth/logout")
    assert acme.post("/auth/switch", {"company_slug": "acme"}).status_code == 401


@pytest.mark.parametrize("email", ["\u017fusan@kiosk.example", "susan@\u212aiosk.example", "susan@kio\u017fk.example"])
def test_address_that_looks_like_another_opens_no_account(database: object, email: str) -> None:
    assert Api().post("/auth/signup", {**SIGNUP, "email": "susan@kiosk.example"}).status_code == 201
    assert _errors(_login(email)) == {"/email": "invalid"}


def test_scheme_is_named_with_an_error_only_when_a_token_was_sent(acme: Api) -> None:
    plain = [Api().get("/me"), Api().get("/me", Authorization="Basic x"), _login(acme.email, "not the password")]
    assert {answer.headers["WWW-Authenticate"] for answer in plain} == {"Bearer"}
    bad = [Api("nonsense").get("/me"), Api().get("/me", Authorization="Bearer")]
    acme.post("/auth/logout")
    bad.append(acme.post("/auth/switch", {"company_slug": "acme"}))
    assert {answer.headers["WWW-Authenticate"] for answer in bad} == {'Bearer error="invalid_token"'}
    assert {masked(answer) for answer in bad} == {masked(plain[0])}
