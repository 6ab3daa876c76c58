"""Requests as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import ObjectId
from django.urls import URLPattern, URLResolver, get_resolver

from apps.observability.domain import request_metrics
from apps.observability.domain.finished import Finished
from apps.observability.domain.request_metrics import Active
from novapulse.context import Trail
from novapulse.resilience.account import Account
from novapulse.telemetry import meter, prometheus
from novapulse.telemetry.top import PLACES, Top
from novapulse.web import methods
from tests.novapulse.telemetry.test_top import Time

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPANIES = 10_000
STATUSES = (200, 204, 304, 400, 404, 429, 500, 503)


def finished(
    method: str, route: str, status: int, *, company: ObjectId | None = None, seconds: float = 0.01
) -> Finished:
    trail = Trail("r" * 8, route=route, company_id=company)
    return Finished(method, route, status, 0.0, seconds, trail, Account(slow_seconds=1))


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        name = f"{prefix}{pattern.pattern}"
        if not isinstance(pattern, URLPattern):
            yield from routes(pattern, name)
        elif not name.startswith(("health/", "metrics", "admin/parts/")):  # which are not counted
            yield name


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Count from nothing, and leave nothing behind."""
    monkeypatch.setattr(request_metrics, "companies", Top(figures=5))
    meter.begin_anew()
    yield
    meter.begin_anew()


@pytest.mark.usefixtures("anew")
def test_ten_thousand_companies_on_all_routes_have_a_bounded_number_of_series() -> None:
    all_routes, companies = list(routes()), [ObjectId() for _ in range(COMPANIES)]
    for number, company in enumerate(companies):
        method = ("GET", "POST", "PATCH", "DELETE")[number % 4]
        status = STATUSES[number // 4 % len(STATUSES)]
        request_metrics.note(finished(method, all_routes[number % len(all_routes)], status, company=company))
    families = {family.metric.name: family for family in meter.collect()}
    lines = prometheus.text([prometheus.tell(families.values(), process="1")]).splitlines()

    assert sum(families["novapulse.company.requests"].numbers.values()) == COMPANIES
    assert len(families["novapulse.company.requests"].numbers) == PLACES + 1
    assert sum(spread.count for spread in families["http.server.request.duration"].spreads.values()) == COMPANIES
    assert len(families["http.server.request.duration"].spreads) <= len(all_routes) * 4 * 4
    assert len([line for line in lines if "company=" in line]) == 5 * (PLACES + 1)
    assert len(lines) < 40_000  # of which no line has a company beside a route


@pytest.mark.usefixtures("anew")
def test_paths_that_clients_make_up_have_one_series_with_methods_as_the_log_has_them() -> None:
    for method in (methods.OTHER, "QUERY"):
        request_metrics.note(finished(method, "", 404))

    spreads = next(each for each in meter.collect() if each.metric.name == "http.server.request.duration").spreads
    assert set(spreads) == {("_OTHER", "_none", "4xx"), ("QUERY", "_none", "4xx")}


@pytest.mark.usefixtures("anew")
def test_what_was_limited_slow_or_our_fault_is_counted_as_such() -> None:
    company = ObjectId()
    for status, seconds in ((200, 1.5), (429, 0.25), (503, 0.25)):
        request_metrics.note(finished("GET", "x", status, company=company, seconds=seconds))

    assert request_metrics.companies.totals()[str(company)] == (3, 2.0, 1, 1, 0)
    slow = next(each for each in meter.collect() if each.metric.name == "novapulse.http.slow").numbers
    assert slow == {("x",): 1}


@pytest.mark.usefixtures("anew")
def test_what_a_limit_in_shadow_would_have_refused_is_counted() -> None:
    company = ObjectId()
    for verdict in ("let_in", "shadowed_company", "denied_principal"):
        told = finished("GET", "x", 200, company=company)
        told.trail.gate = verdict
        request_metrics.note(told)

    assert request_metrics.companies.totals()[str(company)][-1] == 1


def test_companies_are_active_for_five_minutes_or_a_little_more() -> None:
    time = Time()
    active = Active(time)
    for company in (1, 2, 2):
        active.see(company)
    assert active.count() == 2
    time.now += 310
    assert active.count() == 2
    active.see(3)
    assert active.count() == 2
    time.now += 1_000
    assert active.count() == 0
