"""The limits of a company on its requests: decided by the gate, obeyed and told by the middleware."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from apps.auth.domain import users
from apps.auth.domain.api_key_users import KnownKeys
from apps.tenants.api import PlanName
from apps.tenants.domain import limits, suspension
from apps.tenants.middleware import TenantRateLimitMiddleware
from novapulse.gate import gate
from novapulse.gate.decision import Decision, Limits, Usage
from tests.api import Api
from tests.structured import read_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

LIMITS = Limits(quota=1_200, window_seconds=60, concurrency=20)
LEFT = Usage(LIMITS, remaining=1_187, reset_seconds=0.65, in_flight=1)
ADMITTED = Decision(LEFT, company_id="c" * 24, lease="p-1")


class Ended(list[Decision]):
    """Stands for the gate where it is given requests back."""

    def end(self, decision: Decision) -> None:
        self.append(decision)


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Ended:
    """Give what the gate was given back."""
    gate_that_notes = Ended()
    monkeypatch.setattr(gate, "current", lambda: gate_that_notes)
    return gate_that_notes


def passed(view: Callable[[HttpRequest], HttpResponseBase], decision: Decision | None) -> Any:
    """Send a request through the middleware, with the decision on it, as Django would."""
    request: Any = RequestFactory().get("/")
    request.user = SimpleNamespace(scope=SimpleNamespace(company_id="c" * 24))

    def rest(request: Any) -> HttpResponseBase:
        if decision is not None:
            request.gate = decision
        return middleware.process_view(request, view, (), {}) or view(request)

    middleware = TenantRateLimitMiddleware(rest)
    return middleware(request)


def answering(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("done", status=201)


def test_admitted_request_goes_on_and_is_told_what_is_left(ended: Ended) -> None:
    response = passed(answering, ADMITTED)
    assert (response.status_code, response.content) == (201, b"done")
    assert response["RateLimit-Policy"] == '"company";q=1200;w=60'
    assert response["RateLimit"] == '"company";r=1187;t=1'
    assert "Retry-After" not in response
    assert ended == [ADMITTED]


def test_request_of_nobody_known_is_neither_limited_nor_told(ended: Ended) -> None:
    response = passed(answering, None)
    assert response.status_code == 201
    assert not {"RateLimit", "RateLimit-Policy"} & set(response.headers)
    assert ended == []


@pytest.mark.parametrize("policy", ["company", "principal", "concurrency"])
def test_denied_request_is_429_with_its_policy_and_reaches_no_view(ended: Ended, policy: str) -> None:
    denied = Decision(LEFT, denied=policy, retry_after_seconds=4.2)
    response = passed(lambda _: pytest.fail("the view was called"), denied)
    assert (response.status_code, response["Content-Type"]) == (429, "application/problem+json")
    assert json.loads(response.content)["violated-policies"] == [policy]
    assert policy in read_list(response["RateLimit-Policy"])
    state = read_list(response["RateLimit"])[policy]
    assert 4.2 <= int(state["t"]) <= int(response["Retry-After"])


def test_wait_is_spread_and_never_shorter_than_the_real_one(ended: Ended) -> None:
    for real, allowed in ((0.0, {1, 2}), (0.2, {1, 2}), (4.2, {5, 6}), (60.0, set(range(60, 73)))):
        denied = Decision(LEFT, denied="company", retry_after_seconds=real)
        waits = {int(passed(answering, denied)["Retry-After"]) for _ in range(400)}
        assert waits == allowed


def test_shadow_refuses_nothing_and_is_logged(ended: Ended, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "novapulse.tenants"):
        response = passed(answering, Decision(LEFT, shadowed=("company", "concurrency")))
    assert response.status_code == 201
    assert [(record.message, record.fields) for record in caplog.records] == [  # type: ignore[attr-defined]  # ours
        ("tenants.limit_shadowed", {"policy": "company", "company_id": "c" * 24}),
        ("tenants.limit_shadowed", {"policy": "concurrency", "company_id": "c" * 24}),
    ]


def test_refusal_is_logged(ended: Ended, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "novapulse.tenants"):
        passed(answering, Decision(LEFT, denied="principal", retry_after_seconds=1))
    assert [(record.message, record.fields) for record in caplog.records] == [  # type: ignore[attr-defined]  # ours
        ("tenants.limit_exceeded", {"policy": "principal", "company_id": "c" * 24})
    ]


def test_streaming_answer_is_under_way_until_it_is_closed(ended: Ended) -> None:
    response = passed(lambda _: StreamingHttpResponse(iter([b"a", b"b"])), ADMITTED)
    assert (list(response), list(ended)) == ([b"a", b"b"], [])
    response.close()
    response.close()
    assert ended == [ADMITTED]


def test_streaming_answer_that_is_broken_off_is_given_back_and_its_source_closed(ended: Ended) -> None:
    closed = []

    def source() -> Iterator[bytes]:
        try:
            yield b"a"
            yield b"b"
        finally:
            closed.append(True)

    response = passed(lambda _: StreamingHttpResponse(source()), ADMITTED)
    assert next(iter(response)) == b"a"
    response.close()
    assert (closed, ended) == ([True], [ADMITTED])


def test_request_is_given_back_when_the_rest_of_the_way_raises(ended: Ended) -> None:
    def broken(_request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        passed(broken, ADMITTED)
    assert ended == [ADMITTED]


# From here on the gate is the real one, over a real Redis.


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
    assert 11 <= int(answers[5]["Retry-After"]) <= 15  # a unit comes back every twelve seconds
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
    assert acme.get("/company").status_code == 429
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


def test_suspended_company_is_refused_at_once_and_goes_on_when_it_is_resumed(acme: Api, rival: Api) -> None:
    assert acme.get("/company").status_code == 200
    suspension.suspend("acme")
    assert [acme.get("/company").status_code, rival.get("/company").status_code] == [401, 200]
    suspension.resume("acme")
    assert acme.get("/company").status_code == 401
    renewed = acme.post("/auth/refresh", {"refresh_token": acme.refresh_token})
    assert Api(renewed.json()["access_token"]).get("/company").status_code == 200


def test_resumed_company_goes_on_although_redis_has_heard_of_a_credential_only_while_it_was_suspended(
    acme: Api, rival: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Api(acme.post("/api-keys", {"name": "robot"}).json()["key"])
    assert [somebody.get("/company").status_code for somebody in (acme, key)] == [200, 200]
    suspension.suspend("acme")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    assert [somebody.get("/company").status_code for somebody in (acme, key, rival)] == [401, 401, 200]
    suspension.resume("acme")
    renewed = acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"]
    assert [somebody.get("/company").status_code for somebody in (acme, Api(renewed))] == [401, 200]
    monkeypatch.setattr(users, "known", KnownKeys())  # another process, or this one after five seconds
    assert key.get("/company").status_code == 200
