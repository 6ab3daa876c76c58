"""The limits of companies over HTTP, decided by the gate over a real Redis; and what an operator changes of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings

from apps.auth.domain import users
from apps.auth.domain.api_key_users import KnownKeys
from apps.tenants.api import PlanName
from apps.tenants.domain import limits, standing
from tests.api import Api
from tests.structured import read_list

if TYPE_CHECKING:
    import pytest
    from django.http import HttpResponse

    from novapulse.gate.gate import Gate
    from tests.commands import Commands


def allow(company: Api, **figures: Any) -> None:
    limits.agree(company.company["slug"], limits.Agreement(**figures))


def remaining(response: HttpResponse) -> int:
    return int(read_list(response["RateLimit"])["company"]["r"])


def test_company_is_refused_beyond_its_quota_and_its_rival_is_not(acme: Api, rival: Api) -> None:
    allow(acme, quota=5)
    answers = [acme.get("/company") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [remaining(answer) for answer in answers] == [4, 3, 2, 1, 0, 0]
    assert answers[0]["RateLimit-Policy"] == '"company";q=5;w=60'
    assert answers[5].json()["violated-policies"] == ["company"]
    assert 8 <= int(answers[5]["Retry-After"]) <= 15  # a unit comes back every twelve seconds
    assert rival.get("/company").status_code == 200
    assert remaining(rival.get("/company")) > 1_190


def test_refused_change_has_no_effect(acme: Api) -> None:
    allow(acme, quota=3)
    statuses = [acme.post("/projects", {"key": f"P{number}", "name": "x"}).status_code for number in range(2)]
    allow(acme, quota=100)
    assert statuses == [201, 429]
    assert [project["key"] for project in acme.get("/projects").json()["data"]] == ["P0"]


def test_change_of_plan_or_agreement_acts_on_the_next_request(acme: Api, rival: Api) -> None:
    assert acme.get("/company")["RateLimit-Policy"] == '"company";q=1200;w=60'
    limits.change_plan("acme", PlanName.PRO)
    assert acme.get("/company")["RateLimit-Policy"] == '"company";q=6000;w=60'
    allow(acme, quota=1, window_seconds=3_600)
    assert acme.get("/company")["RateLimit-Policy"] == '"company";q=1;w=3600'
    assert [acme.get("/company").status_code for _ in range(3)].count(200) <= 1
    limits.agree_afresh("acme", limits.Agreement(concurrency=3))
    assert acme.get("/company")["RateLimit-Policy"] == '"company";q=6000;w=60'
    assert rival.get("/company")["RateLimit-Policy"] == '"company";q=1200;w=60'


def test_policy_in_shadow_refuses_nothing_over_http(acme: Api, caplog: pytest.LogCaptureFixture) -> None:
    allow(acme, quota=2, shadow=frozenset({"company"}))
    with caplog.at_level(logging.INFO, "novapulse.tenants"):
        assert {acme.get("/company").status_code for _ in range(6)} == {200}
    assert [record.message for record in caplog.records].count("tenants.limit_shadowed") == 4
    allow(acme, enforce=frozenset({"company"}))
    assert acme.get("/company").status_code == 429


def test_request_without_a_good_credential_is_charged_to_nobody(acme: Api, rival: Api) -> None:
    allow(acme, quota=5)
    before = remaining(acme.get("/company"))
    forged = Api(acme.token[:-6] + rival.token[-6:])
    refused = [*(forged.get("/company") for _ in range(4)), *(Api().get("/company") for _ in range(4))]
    assert {answer.status_code for answer in refused} == {401}
    assert not any("RateLimit" in answer for answer in refused)
    assert remaining(acme.get("/company")) == before - 1


def test_every_answer_to_somebody_known_tells_what_is_left_and_no_other_does(acme: Api) -> None:
    answers = {
        200: acme.get("/company"),
        304: acme.get("/company", If_None_Match='"1"'),
        400: acme.get("/company?nonsense=1"),
        404: acme.get(f"/tasks/{'0' * 24}"),
        428: acme.patch("/company", {"name": "x"}),
    }
    assert {status: answer.status_code for status, answer in answers.items()} == {each: each for each in answers}
    assert all(remaining(answer) > 0 for answer in answers.values())
    anonymous = [acme.get("/health/live"), acme.get("/nowhere"), acme.get("/openapi.json")]
    assert not any("RateLimit" in answer for answer in anonymous)


def test_class_of_the_route_says_what_is_charged(acme: Api) -> None:
    first = remaining(acme.get("/company"))
    assert remaining(acme.get("/tasks?q=lamp")) in {first - 5, first - 4}  # one may have come back meanwhile
    second = remaining(acme.get("/company"))
    assert remaining(acme.patch("/company", {"name": "x"}, version=1)) in {second - 2, second - 1}


def test_place_of_a_request_that_is_over_is_free_again(acme: Api) -> None:
    allow(acme, concurrency=1)
    assert {acme.get("/company").status_code for _ in range(5)} == {200}


def test_usage_shows_what_the_headers_of_its_own_answer_show(acme: Api) -> None:
    allow(acme, quota=100, shadow=frozenset({"principal"}))
    response = acme.get("/company/usage")
    company, principal, concurrency = response.json()["policies"]
    assert (response.status_code, response.json()["plan"], response.json()["degraded"]) == (200, "free", False)
    assert company == {
        "name": "company",
        "quota": 100,
        "window_seconds": 60,
        "mode": "enforce",
        "remaining": remaining(response),
        "reset_seconds": read_list(response["RateLimit"])["company"]["t"],
    }
    assert (principal["name"], principal["mode"]) == ("principal", "shadow")
    assert (concurrency["name"], concurrency["quota"], concurrency["in_flight"]) == ("concurrency", 20, 1)


def test_usage_costs_no_more_than_any_read(acme: Api, commands: Commands, redis_commands: Commands) -> None:
    acme.get("/company/usage")
    with commands.counted() as to_mongodb, redis_commands.counted() as to_redis:
        acme.get("/company/usage")
    assert (to_redis, to_mongodb) == (["EVALSHA"], ["find"])


def test_without_redis_a_share_of_the_limit_holds_here_and_usage_says_so(
    acme: Api, rival: Api, redis_away: Gate
) -> None:
    allow(acme, quota=5 * redis_away.processes)
    assert [acme.get("/company/usage").json().get("degraded") for _ in range(6)] == [True] * 5 + [None]
    refused = acme.get("/company")
    assert (refused.status_code, refused.json()["violated-policies"], remaining(refused)) == (429, ["company"], 0)
    assert rival.get("/company").status_code == 200


def test_suspended_company_is_refused_at_once_and_goes_on_when_it_is_resumed(acme: Api, rival: Api) -> None:
    assert acme.get("/company").status_code == 200
    standing.suspend("acme")
    assert [acme.get("/company").status_code, rival.get("/company").status_code] == [401, 200]
    standing.resume("acme")
    assert acme.get("/company").status_code == 401
    renewed = acme.post("/auth/refresh", {"refresh_token": acme.refresh_token})
    assert Api(renewed.json()["access_token"]).get("/company").status_code == 200


def test_resumed_company_goes_on_although_redis_has_heard_of_a_credential_only_while_it_was_suspended(
    acme: Api, rival: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Api(acme.post("/api-keys", {"name": "robot"}).json()["key"])
    assert [somebody.get("/company").status_code for somebody in (acme, key)] == [200, 200]
    standing.suspend("acme")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    assert [somebody.get("/company").status_code for somebody in (acme, key, rival)] == [401, 401, 200]
    standing.resume("acme")
    renewed = acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"]
    assert [somebody.get("/company").status_code for somebody in (acme, Api(renewed))] == [401, 200]
    monkeypatch.setattr(users, "known", KnownKeys())  # another process, or this one after five seconds
    assert key.get("/company").status_code == 200
