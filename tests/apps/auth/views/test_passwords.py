"""The routes of passwords."""

from __future__ import annotations

import json
import logging
import statistics
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from apps.auth import conf
from apps.auth.conf import Rate
from apps.auth.domain import password_reset
from novapulse.log import JsonFormatter
from tests.api import PASSWORD, Api
from tests.apps.auth.ends import is_good
from tests.faults import seconds_of

if TYPE_CHECKING:
    from django.http import HttpResponse

NEW = "seven bridges over a slow river"


def _errors(answer: HttpResponse) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def _login(email: str, password: str) -> int:
    return Api().post("/auth/login", {"email": email, "password": password}).status_code


def _change(api: Api, current: str = PASSWORD, new: str = NEW) -> HttpResponse:
    return api.post("/auth/password:change", {"current_password": current, "new_password": new})


def _token(email: str) -> str:
    assert Api().post("/auth/password:forgot", {"email": email}).status_code == 204
    assert password_reset.room.drain(seconds=10)
    return str(mail.outbox[-1].body).split("token=")[1].split()[0]


def _reset(token: str, new: str = NEW) -> HttpResponse:
    return Api().post("/auth/password:reset", {"token": token, "new_password": new})


def test_change_answers_as_a_login_with_a_session_that_goes_on(acme: Api, rival: Api) -> None:
    answer = _change(acme)
    body = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert body.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert [is_good(token) for token in (body["access_token"], acme.token, rival.token)] == [True, False, True]
    assert Api(body["access_token"]).get("/me").json()["company"]["slug"] == "acme"
    assert [_login(acme.email, each) for each in (PASSWORD, NEW)] == [401, 200]
    assert [_login(rival.email, each) for each in (PASSWORD, NEW)] == [200, 401]


def test_wrong_current_password_is_a_problem_of_that_field(acme: Api) -> None:
    answer = _change(acme, current=NEW)
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong-password")
    assert _errors(answer) == {"/current_password": "wrong-password"}
    assert is_good(acme.token)
    assert _login(acme.email, PASSWORD) == 200


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"/current_password": "required", "/new_password": "required"}),
        ({"current_password": PASSWORD, "new_password": "short"}, {"/new_password": "password-too-short"}),
        ({"current_password": PASSWORD, "new_password": None}, {"/new_password": "null"}),
        ({"current_password": PASSWORD, "new_password": NEW, "otp": "1"}, {"/otp": "unknown"}),
    ],
)
def test_change_points_at_what_is_wrong(acme: Api, body: dict[str, Any], errors: dict[str, str]) -> None:
    answer = acme.post("/auth/password:change", body)
    assert (answer.status_code, _errors(answer)) == (400, errors)


def test_guesses_at_the_current_password_are_limited(
    acme: Api, rival: Api, limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "CHANGE_BY_PERSON", Rate(3, 60))
    assert [_change(acme, current=NEW).status_code for _ in range(4)] == [400] * 3 + [429]
    assert _change(rival, current=NEW).status_code == 400


def test_reset_sets_the_password_verifies_the_address_and_signs_nobody_in(acme: Api, rival: Api) -> None:
    assert acme.get("/me").json()["email_verified"] is False
    answer = _reset(_token(acme.email))
    assert (answer.status_code, answer.content) == (204, b"")
    assert [is_good(each.token) for each in (acme, rival)] == [False, True]
    assert [_login(acme.email, each) for each in (PASSWORD, NEW)] == [401, 200]
    again = Api().post("/auth/login", {"email": acme.email, "password": NEW}).json()
    assert Api(again["access_token"]).get("/me").json()["email_verified"] is True


def test_reset_answers_alike_for_used_and_unknown_tokens(acme: Api) -> None:
    token = _token(acme.email)
    _reset(token)
    answers = [_reset(each) for each in (token, "x" * 43)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "reset-not-valid")] * 2


def test_reset_points_at_a_weak_password_and_may_be_tried_again(acme: Api) -> None:
    token = _token(acme.email)
    answer = _reset(token, new="short")
    assert (answer.status_code, _errors(answer)) == (400, {"/new_password": "password-too-short"})
    assert _reset(token).status_code == 204


def test_asking_for_a_mail_tells_nothing_of_the_account(acme: Api) -> None:
    known, unknown = (
        Api().post("/auth/password:forgot", {"email": email}, X_Request_ID="same-for-all")
        for email in (acme.email, "nobody@acme.example")
    )
    assert (known.status_code, known.content) == (204, b"")
    assert (known.content, dict(known.headers)) == (unknown.content, dict(unknown.headers))
    assert password_reset.room.drain(seconds=10)
    assert [each.to for each in mail.outbox] == [[acme.email]]


def test_asking_takes_as_long_for_an_account_however_slow_its_mail_is(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail takes four tenths of a second here; an answer that had waited for it would show."""
    slow = Slow()
    monkeypatch.setattr("apps.auth.domain.mailing.send_mail", slow)

    def median(email: str) -> float:
        return statistics.median(
            seconds_of(lambda: Api().post("/auth/password:forgot", {"email": email})) for _ in range(9)
        )

    known, unknown = median(acme.email), median("nobody@acme.example")
    assert abs(known - unknown) < 0.2
    assert password_reset.room.drain(seconds=10)
    assert slow.sent == 9


class Slow:
    """A mail server that takes its time."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, *_message: object) -> None:
        time.sleep(0.4)
        self.sent += 1


def test_link_names_this_service_whatever_host_was_asked_for(acme: Api, settings: Any) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://nova.example", ["*"]
    answer = Api().post("/auth/password:forgot", {"email": acme.email}, Host="evil.example")
    assert answer.status_code == 204
    assert password_reset.room.drain(seconds=10)
    assert "https://nova.example/api/v1/auth/password:reset" in mail.outbox[-1].body
    assert "evil" not in str(mail.outbox[-1].message())


def test_mails_are_limited_by_mailbox_and_by_address(acme: Api, limits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "FORGOT_BY_MAILBOX", Rate(2, 3600))
    monkeypatch.setattr(conf, "FORGOT_BY_ADDRESS", Rate(5, 3600))
    asked = [acme.email] * 3 + ["nobody@acme.example"] * 3
    codes = [Api().post("/auth/password:forgot", {"email": email}).status_code for email in asked]
    assert codes == [204, 204, 429, 204, 204, 429]
    assert password_reset.room.drain(seconds=10)


def test_tries_of_a_token_are_limited(database: object, limits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "RESET_BY_TOKEN", Rate(2, 60))
    monkeypatch.setattr(conf, "RESET_BY_ADDRESS", Rate(4, 3600))
    codes = [_reset(token).status_code for token in ("a", "a", "a", "b", "c")]
    assert codes == [400, 400, 429, 400, 429]


def test_neither_token_nor_password_stands_in_the_logs(acme: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        token = _token(acme.email)
        _reset(token, new="short")
        _reset(token)
        _reset(token)
    lines = "".join(JsonFormatter().format(record) for record in caplog.records)
    assert "auth.reset_mailed" in lines
    assert [secret for secret in (token, NEW, PASSWORD) if secret in lines] == []
    assert json.dumps(NEW) not in lines
