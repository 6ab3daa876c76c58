"""What processes tell of their requests, for all of them together."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.observability.domain import pulse, pulse_reading, request_metrics
from apps.observability.domain.pulse import Pulse
from novapulse import clock
from novapulse.data import registry, tallies
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.telemetry import drops, meter
from novapulse.telemetry.top import Top
from tests import tallying
from tests.apps.observability.domain.test_request_metrics import finished
from tests.faults import refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM = """
import os, sys
from apps.observability.domain.pulse import PulseThread
from apps.observability.domain import request_metrics
from novapulse.data import registry
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.telemetry import meter

registry.register(RedisProvider(RedisOptions(sys.argv[1], connect_ms=5_000, socket_ms=5_000)))
PulseThread().start()
meter.histogram("http.server.request.duration").record(
    0.02, {"http.request.method": "GET", "http.route": sys.argv[2], "http.response.status_class": "2xx"}
)
"""


@pytest.fixture(autouse=True)
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Measure from nothing, at a time of which no other process tells."""
    monkeypatch.setattr(request_metrics, "companies", Top(figures=5))
    meter.begin_anew()
    tallying.forget()
    with clock.shifted(timedelta(days=3_650)):
        yield
    meter.begin_anew()


def now() -> int:
    return pulse.slot_of(clock.now().timestamp())


def serve(route: str, status: int = 200, *, times: int = 1, company: ObjectId | None = None) -> None:
    for _ in range(times):
        request_metrics.note(finished("GET", route, status, company=company, seconds=0.02))


def test_each_time_what_has_come_up_is_told_and_nothing_twice() -> None:
    process, slot = Pulse(), now()
    serve("api/v1/tasks", times=3)
    process.tell(slot)
    serve("api/v1/tasks", 503)
    process.tell(slot)
    process.tell(slot)

    (found,) = tallies.sums([f"all:{slot}"])
    assert (found["2xx"], found["5xx"], found[pulse.PROCESSES]) == (3, 1, 3)


def test_what_several_processes_tell_when_they_end_comes_to_one_sum(settings: Any) -> None:
    before = pulse.slot_of((clock.now() - timedelta(days=3_650)).timestamp())
    ended = [
        subprocess.Popen([sys.executable, "-c", _PROGRAM, settings.REDIS_URL, route])  # noqa: S603  our own program
        for route in ("one", "other")
    ]
    assert [process.wait(60) for process in ended] == [0, 0]

    slots = tallies.sums([f"all:{before + later}" for later in range(7)])
    assert sum(each.get("2xx", 0) for each in slots) == 2
    assert sum(each.get(pulse.PROCESSES, 0) for each in slots) == 2


def test_routes_beyond_the_most_asked_share_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "_MOST_ROUTES", 2)
    for number, route in enumerate(("a", "b", "c", "d")):
        serve(route, times=10 - number)
    Pulse().tell(now())

    assert {route: found.count for route, found in pulse_reading.routes().items()} == {
        "GET a": 10,
        "GET b": 9,
        pulse.OTHER: 15,
    }


def test_companies_are_told_with_what_was_refused_them() -> None:
    company = ObjectId()
    serve("api/v1/tasks", times=2, company=company)
    serve("api/v1/tasks", 429, company=company)
    Pulse().tell(now())

    (found,) = pulse_reading.companies()
    assert (found.company, found.count, found.limited, found.failed) == (str(company), 3, 1, 0)


def test_without_redis_what_is_told_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    away = RedisProvider(RedisOptions(f"redis://127.0.0.1:{refusing_port()}/0"))
    monkeypatch.setitem(registry._providers, "redis", away)
    serve("api/v1/tasks")
    before = drops.counted().get("pulse", 0)

    Pulse().tell(now())

    assert drops.counted()["pulse"] - before == 1
