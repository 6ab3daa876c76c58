"""What an operator says with `manage.py breakers` reaches a process that serves, and comes back as its report."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from django.core.management import call_command

from apps.resilience.domain import breaker_switches
from tests.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serving import Served

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("database")]

OBEYED_SECONDS = 30.0  # two on a machine that is not busy


def says_of_redis(state: str, *, served: Served) -> bool:
    """Tell whether this process says so; others of the suite may serve on the same stores, and obey as well."""
    own = {f":{worker.pid}" for worker in psutil.Process(served.process.pid).children()}
    return any(
        (each.name, each.state) == ("redis", state) and each.process.endswith(tuple(own))
        for each in breaker_switches.reports()
    )


def wait_until(what: Callable[[], bool], *, of: Served) -> None:
    deadline = time.monotonic() + OBEYED_SECONDS
    while not what():
        assert time.monotonic() < deadline, (breaker_switches.reports(), of.log_text())
        time.sleep(0.05)


def test_a_process_that_serves_opens_by_hand_and_lets_go_again(mongo_uri: str, settings: Any) -> None:
    with serving(MONGO_URI=mongo_uri, REDIS_URL=settings.REDIS_URL) as served:
        assert served.send("GET", "/health/live").status == 200
        call_command("breakers", "open", "redis", "--for", "1m")
        wait_until(lambda: says_of_redis("open", served=served), of=served)
        ready = served.send("GET", "/health/ready").json()
        call_command("breakers", "reset", "redis")
        wait_until(lambda: says_of_redis("closed", served=served), of=served)

    assert ready["status"] in {"pass", "warn"}
