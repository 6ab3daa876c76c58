"""Anonymous routes count by address and by account, and stay open when Redis is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from apps.auth import conf
from apps.auth.conf import Rate
from tests.api import PASSWORD, Api
from tests.faults import seconds_of

if TYPE_CHECKING:
    import pytest
    from django.http import HttpResponse
    from pytest_django.fixtures import SettingsWrapper


def _login(email: str, **headers: str) -> HttpResponse:
    return Api().post("/auth/login", {"email": email, "password": PASSWORD}, **headers)


def test_login_is_refused_when_one_account_is_tried_too_often(acme: Api, limits: None) -> None:
    answers = [_login(acme.email) for _ in range(12)]
    assert [answer.status_code for answer in answers[:10]] == [200] * 10
    assert (answers[10].status_code, answers[10].json()["code"]) == (429, "too-many-requests")
    assert 1 <= int(answers[10].headers["Retry-After"]) <= 60
    assert _login(acme.email.upper()).status_code == 429
    assert _login("somebody.else@acme.example").status_code == 401


def test_unknown_accounts_are_limited_just_so(database: object, limits: None) -> None:
    answers = [_login("nobody@acme.example") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]


def test_login_is_refused_when_one_address_tries_many_accounts(
    database: object, limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "LOGIN_BY_ADDRESS", Rate(5, 60))
    answers = [_login(f"{number}@acme.example") for number in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2


def test_address_is_not_what_the_client_says_of_itself(
    database: object, limits: None, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "LOGIN_BY_ADDRESS", Rate(3, 60))
    claims = [_login(f"{number}@acme.example", X_Forwarded_For=f"203.0.113.{number}") for number in range(5)]
    assert [answer.status_code for answer in claims] == [401] * 3 + [429] * 2
    settings.TRUSTED_PROXY_COUNT = 1
    vouched = [_login(f"{number}@acme.example", X_Forwarded_For=f"203.0.113.{number}") for number in range(5)]
    assert [answer.status_code for answer in vouched] == [401] * 5


def test_limit_is_exact_when_many_ask_at_once(database: object, limits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "REFRESH_BY_ADDRESS", Rate(7, 3600))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(Api().post, "/auth/refresh", {"refresh_token": "x"}) for _ in range(24)]
    codes = sorted(each.result().status_code for each in asked)
    assert codes == [401] * 7 + [429] * 17


def test_signup_and_refresh_are_limited_too(acme: Api, limits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "SIGNUP_BY_ADDRESS", Rate(1, 3600))
    monkeypatch.setattr(conf, "REFRESH_BY_TOKEN", Rate(1, 60))
    signup = {
        "company_name": "Other",
        "company_slug": "other",
        "country": "DE",
        "name": "Other",
        "email": "other@other.example",
        "password": PASSWORD,
    }
    assert [Api().post("/auth/signup", signup).status_code for _ in range(2)] == [201, 429]
    refresh = {"refresh_token": acme.refresh_token}
    assert [Api().post("/auth/refresh", refresh).status_code for _ in range(2)] == [200, 429]


def test_forged_tokens_of_a_session_do_not_use_up_its_limit(
    acme: Api, limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "REFRESH_BY_TOKEN", Rate(3, 3600))
    forged = acme.refresh_token[:-43] + "A" * 43
    codes = [Api().post("/auth/refresh", {"refresh_token": forged}).status_code for _ in range(7)]
    assert (codes[0], codes[-1]) == (401, 429)
    assert Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 200


def test_login_and_refresh_work_when_redis_refuses(acme: Api, redis_refused: None) -> None:
    assert [_login(acme.email).status_code for _ in range(15)] == [200] * 15
    assert Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 200


def test_login_works_within_seconds_when_redis_hangs(acme: Api, redis_hung: None) -> None:
    answers: list[HttpResponse] = []
    taken = seconds_of(lambda: answers.append(_login(acme.email)))
    assert answers[0].status_code == 200
    assert taken < 3  # two limits of two commands each, a quarter of a second for every one of them
