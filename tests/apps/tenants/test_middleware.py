"""The limits of a company on its requests: decided by the gate, obeyed and told by the middleware."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from apps.tenants.middleware import TenantRateLimitMiddleware
from novapulse.gate import gate
from novapulse.gate.decision import Decision, Limits, Usage
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


@pytest.mark.usefixtures("db")  # its end looks at the connections of earlier tests
def test_streaming_answer_is_under_way_until_it_is_closed(ended: Ended) -> None:
    response = passed(lambda _: StreamingHttpResponse(iter([b"a", b"b"])), ADMITTED)
    assert (list(response), list(ended)) == ([b"a", b"b"], [])
    response.close()
    response.close()
    assert ended == [ADMITTED]


@pytest.mark.usefixtures("db")  # its end looks at the connections of earlier tests
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
