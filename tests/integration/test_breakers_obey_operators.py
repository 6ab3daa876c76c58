"""What an operator says with `manage.py breakers` reaches a process that serves, and comes back as its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psutil
import pytest
from django.core.management import call_command

from apps.resilience.domain import breaker_switches
from tests.serving import serving
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.serving import Served

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("database")]


def says_of_redis(state: str, *, served: Served) -> bool:
    """Tell whether this process says so; others of the suite may serve on the same stores, and obey as well."""
    own = {f":{worker.pid}" for worker in psutil.Process(served.process.pid).children()}
    return any(
        (each.name, each.state) == ("redis", state) and each.process.endswith(tuple(own))
        for each in breaker_switches.reports()
    )


def wait_until_it_says(state: str, *, served: Served) -> None:
    wait_until(
        lambda: says_of_redis(state, served=served), tell=lambda: (breaker_switches.reports(), served.log_text())
    )


def test_a_process_that_serves_opens_by_hand_and_lets_go_again(mongo_uri: str, settings: Any) -> None:
    with serving(MONGO_URI=mongo_uri, REDIS_URL=settings.REDIS_URL) as served:
        assert served.send("GET", "/health/live").status == 200
        call_command("breakers", "open", "redis", "--for", "1m")
        wait_until_it_says("open", served=served)
        ready = served.send("GET", "/health/ready").json()
        call_command("breakers", "reset", "redis")
        wait_until_it_says("closed", served=served)

    assert ready["status"] in {"pass", "warn"}
