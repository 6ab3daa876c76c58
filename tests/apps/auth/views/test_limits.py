"""Anonymous routes count by address and by account; without Redis a stricter limit holds in each process."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from django.conf import settings as settings_of_django

from apps.auth import conf
from apps.auth.conf import Rate
from apps.auth.domain import passwords
from apps.auth.views import limits as limiting
from novapulse.resilience.bulkhead import Bulkhead
from tests import faults
from tests.api import PASSWORD, Api
from tests.faults import seconds_of
from tests.hashing import COUNTED, CountedArgon2Hasher

if TYPE_CHECKING:
    import pytest
    from django.http import HttpResponse
    from pytest_django.fixtures import SettingsWrapper


def _login(email: str, *, password: str = PASSWORD, **headers: str) -> HttpResponse:
    return Api().post("/auth/login", {"email": email, "password": password}, **headers)


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


def test_limit_is_exact_when_many_ask_at_once(
    database: object, exact_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_right_password_is_refused_like_a_wrong_one_during_a_lock_and_nothing_is_hashed(
    acme: Api, limits: None, settings: SettingsWrapper
) -> None:
    for _ in range(10):
        _login(acme.email, password="not the password at all")
    settings.PASSWORD_HASHERS = COUNTED
    CountedArgon2Hasher.reset()
    right, wrong = (
        _login(acme.email, password=word, X_Request_ID="the-same-for-both") for word in (PASSWORD, "wrong " * 4)
    )
    assert right.status_code == wrong.status_code == 429
    assert right.content == wrong.content
    assert _headers(right) == _headers(wrong)
    assert CountedArgon2Hasher.done == 0


def test_nobody_locks_a_person_out_from_another_address(acme: Api, limits: None, settings: SettingsWrapper) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    guesser = {"X_Forwarded_For": "203.0.113.66"}
    assert [_login(acme.email, **guesser).status_code for _ in range(11)][-1] == 429
    assert _login(acme.email, X_Forwarded_For="203.0.113.7").status_code == 200


def test_a_lock_holds_nobody_else_behind_the_same_address(acme: Api, rival: Api, limits: None) -> None:
    assert [_login(acme.email).status_code for _ in range(11)][-1] == 429
    assert _login(rival.email).status_code == 200


def test_a_forged_header_is_no_way_around_a_lock(acme: Api, limits: None, settings: SettingsWrapper) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    codes = [_login(acme.email, X_Forwarded_For=f"203.0.113.{number}").status_code for number in range(12)]
    assert codes == [200] * 10 + [429] * 2


def test_an_ipv6_network_is_one_caller_and_a_mapped_address_is_the_ipv4_one(
    acme: Api, limits: None, settings: SettingsWrapper
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    same = [_login(acme.email, X_Forwarded_For=f"2001:db8:0:7::{number:x}").status_code for number in range(12)]
    assert same == [200] * 10 + [429] * 2
    assert _login(acme.email, X_Forwarded_For="2001:db8:0:8::1").status_code == 200
    mapped = [_login(acme.email, X_Forwarded_For=f"::ffff:203.0.113.{number}").status_code for number in range(12)]
    assert mapped == [200] * 12


def test_fifty_guesses_at_once_are_counted_one_by_one(
    acme: Api, exact_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "LOGIN_BY_ACCOUNT", Rate(10, 3600))
    with ThreadPoolExecutor(25) as pool:
        asked = [pool.submit(_login, acme.email, password="not the password at all") for _ in range(50)]
    codes = Counter(each.result().status_code for each in asked)
    assert codes[429] == 40
    assert codes[401] + codes[503] == 10  # where too many hash at one time, a try is not even compared


def test_a_flood_of_sign_ins_leaves_threads_for_everybody_else(database: object, settings: SettingsWrapper) -> None:
    settings.PASSWORD_HASHERS = COUNTED
    CountedArgon2Hasher.reset()
    with ThreadPoolExecutor(8) as server:  # as many threads as a process of ours has
        flood = [server.submit(_login, "nobody@acme.example") for _ in range(80)]
        live = server.submit(Api().get, "/health/live")  # last in the queue
        assert live.result().status_code == 200
        hashed_before_it = CountedArgon2Hasher.done
        codes = Counter(each.result().status_code for each in flood)
    assert hashed_before_it < 40  # without the bulkhead it waits for 73 of them at least
    assert CountedArgon2Hasher.most <= 2
    assert set(codes) == {401, 503}


def test_overload_says_when_to_come_back(acme: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_room", Bulkhead("full", slots=0, waiting=0, wait_seconds=0))
    answer = _login(acme.email)
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_quarter_of_the_limit_holds_in_each_process_when_redis_refuses(acme: Api, redis_refused: None) -> None:
    assert [_login(acme.email).status_code for _ in range(5)] == [200] * 2 + [429] * 3  # a quarter of 10
    assert Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 200
    answer = _login(acme.email)
    assert answer.json()["code"] == "too-many-requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_at_least_one_request_passes_when_redis_refuses(
    acme: Api, redis_refused: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "LOGIN_BY_ACCOUNT", Rate(1, 60))
    assert [_login(acme.email).status_code for _ in range(2)] == [200, 429]


def test_one_request_alone_waits_when_redis_hangs_and_that_a_tenth_of_a_second(acme: Api, redis_hung: None) -> None:
    first = seconds_of(lambda: _refresh("x"))
    others = [seconds_of(lambda: _refresh("x")) for _ in range(5)]
    assert 0.05 <= first < 5  # two commands of 50 ms each
    assert min(others) < 0.05
    assert _login(acme.email).status_code == 200


def test_nobody_is_answered_5xx_while_redis_is_frozen_and_the_limit_is_exact_again_when_it_is_back(
    acme: Api, limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "REFRESH_BY_ADDRESS", Rate(8, 3600))
    with faults.frozen(faults.server_of(settings_of_django.REDIS_URL)):
        away = [_refresh("x").status_code for _ in range(12)]
    assert away == [401] * 2 + [429] * 10
    limiting.redis_pause.answered()  # as after a second
    back = [_refresh("x").status_code for _ in range(12)]
    assert back.count(401) in {7, 8}  # the frozen Redis may have counted, once it woke, the request that gave it up
    assert set(back) == {401, 429}


def _refresh(token: str) -> HttpResponse:
    return Api().post("/auth/refresh", {"refresh_token": token})


def _headers(answer: HttpResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Retry-After"}  # it counts down
