"""Who may see what was measured, and what they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from apps.observability.domain import request_metrics
from novapulse.telemetry.top import Top
from tests.api import Api

if TYPE_CHECKING:
    from tests.commands import Commands

TOKEN = "an operator's token, as long as it takes"


@pytest.fixture
def operator(settings: Any) -> Api:
    settings.OPERATOR_TOKEN = TOKEN
    return Api(TOKEN)


def samples(api: Api) -> list[Any]:
    answer = api.get("/metrics")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return [sample for family in text_string_to_metric_families(answer.content.decode()) for sample in family.samples]


def count_of(found: list[Any], name: str, **labels: str) -> float:
    return sum(sample.value for sample in found if sample.name == name and labels.items() <= sample.labels.items())


def test_only_operators_see_metrics(acme: Api, operator: Api) -> None:
    assert Api().get("/metrics").status_code == 401
    assert acme.get("/metrics").status_code == 401
    assert operator.get("/metrics").status_code == 200


def test_metrics_may_be_asked_for_by_a_name_from_inside(operator: Api) -> None:
    assert operator.get("/metrics", Host="api.internal:8000").status_code == 200
    assert operator.get("/tasks", Host="api.internal:8000").status_code == 400


def test_a_request_is_counted_with_its_route_its_company_and_its_commands(
    acme: Api, operator: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_metrics, "companies", Top(figures=5))
    route = {"http_request_method": "GET", "http_route": "api/v1/tasks", "http_response_status_class": "2xx"}
    acme.get("/tasks")
    before = samples(operator)
    acme.get("/tasks")
    after = samples(operator)

    def gained(name: str, **labels: str) -> float:
        return count_of(after, name, **labels) - count_of(before, name, **labels)

    assert gained("http_server_request_duration_seconds_count", **route) == 1
    assert gained("db_client_operation_duration_seconds_count", db_collection_name="tasks") == 1
    assert gained("db_client_operation_duration_seconds_count", db_operation_name="decide") == 1
    assert gained("novapulse_gate_decisions_total", verdict="allowed", by="redis") == 1
    assert gained("novapulse_company_requests_total") == 1


def test_asking_touches_no_store(operator: Api, commands: Commands, redis_commands: Commands) -> None:
    operator.get("/metrics")
    with commands.counted() as to_mongodb, redis_commands.counted() as to_redis:
        operator.get("/metrics")

    assert (to_mongodb, to_redis) == ([], [])


def test_the_document_of_the_api_says_that_it_is_text() -> None:
    described = Api().get("/openapi.json").json()["paths"]["/metrics"]["get"]

    assert set(described["responses"]["200"]["content"]) == {"text/plain"}
