"""Which hosts we answer to."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from novapulse.web.hosts import HostMiddleware


@pytest.fixture(autouse=True)
def _ours(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["api.example", ".wild.example"]


def answered(host: str, path: str = "/api/v1/me") -> HttpResponse:
    def reached(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(b"reached")

    response = HostMiddleware(reached)(RequestFactory().get(path, HTTP_HOST=host))
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize("host", ["api.example", "API.example:8443", "a.wild.example"])
def test_a_host_of_ours_is_answered(host: str) -> None:
    assert answered(host).content == b"reached"


@pytest.mark.parametrize(
    "host", ["evil.example", "api.example.evil", "", "api.example/path", "api.example\x00", "api example", "[::1", "@"]
)
def test_another_host_is_refused_with_a_problem_that_does_not_repeat_it(host: str) -> None:
    response = answered(host)

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert b"unknown-host" in response.content
    assert b"example" not in response.content


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
def test_who_asks_for_health_or_metrics_may_come_by_address(path: str) -> None:
    assert answered("10.1.2.3:8000", path).content == b"reached"
    assert answered("api.internal:8000", path).content == b"reached"


@pytest.mark.parametrize("path", ["/healthy", "/metrics/more", "/api/metrics"])
def test_nothing_else_may(path: str) -> None:
    assert answered("10.1.2.3:8000", path).status_code == 400
