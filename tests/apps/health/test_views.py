"""What each health route answers to whom."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from novapulse import clock
from novapulse.data import registry
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.resilience import draining
from tests.api import Api
from tests.faults import refusing_port
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

TOKEN = "an operator's token, as long as it takes"
PATHS = ("/health/live", "/health/ready", "/health/status")


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr(settings, "OPERATOR_TOKEN", TOKEN)
    return Api(TOKEN)


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    told.set()
    monkeypatch.setattr(draining, "_told", told)


@pytest.fixture
def redis_refuses() -> Iterator[None]:
    real = registry.provider("redis")
    registry.register(RedisProvider(RedisOptions(url=f"redis://127.0.0.1:{refusing_port()}/0")))
    yield
    registry.register(real)


def test_ready_names_what_was_checked_and_nothing_else() -> None:
    wait_until(lambda: Api().get("/health/ready").json()["status"] == "pass")  # a machine that stalls makes a warning
    answer = Api().get("/health/ready")
    stores = ("mongodb", "redis", "postgresql", "sqs")
    names = ("process", *(f"{store}-pool" for store in stores), "disk", "descriptors", *stores, "gate")

    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "checks"}
    assert set(answer.json()["checks"]) == set(names)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("redis_refuses")
def test_a_dependency_that_is_away_is_a_warning() -> None:
    answer = Api().get("/health/ready")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["checks"]["redis"]) == ("warn", "warn")


@pytest.mark.usefixtures("leaving")
def test_a_process_that_leaves_is_alive_and_not_ready(operator: Api) -> None:
    live, ready, status = (operator.get(path) for path in PATHS)

    assert (live.status_code, live.json()) == (200, {"status": "pass"})
    assert (ready.status_code, ready.json()["status"], ready.json()["checks"]["process"]) == (503, "fail", "fail")
    assert (status.status_code, status.json()["status"]) == (503, "fail")
    assert status.json()["checks"]["process:draining"][0]["output"] == "It was told to stop."


def test_an_operator_sees_every_measure_with_its_age(operator: Api) -> None:
    wait_until(lambda: operator.get("/health/status").json()["status"] == "pass")
    answer = operator.get("/health/status")
    latency = answer.json()["checks"]["mongodb:latency"][0]

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/health+json")
    assert (latency["componentType"], latency["observedUnit"]) == ("datastore", "ms")
    assert abs((clock.now() - datetime.fromisoformat(latency["time"])).total_seconds()) < 30
    assert 0 <= latency["ageMs"] < 30_000
    assert answer.json()["checks"]["gate:circuit"][0]["observedValue"] == "closed"


@pytest.mark.parametrize("token", ["", "a guess", TOKEN[:-1], f"{TOKEN} ", "\xff"])
@pytest.mark.usefixtures("operator")
def test_nobody_else_sees_it(token: str) -> None:
    check_refused(Api(token).get("/health/status"))


def test_without_a_token_of_the_operators_nobody_sees_it() -> None:
    assert settings.OPERATOR_TOKEN == ""
    for header in ("Bearer ", "Bearer", "Bearer x", "Basic x"):
        check_refused(Api().get("/health/status", Authorization=header))


def test_a_token_of_the_api_does_not_open_it(acme: Api) -> None:
    check_refused(acme.get("/health/status"))


def check_refused(answer: HttpResponse) -> None:
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "checks" not in answer.json()
