"""What an operator says with `manage.py breakers` reaches a process that serves, and comes back as its report."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from apps.resilience.domain import breaker_switches
from tests.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serving import Served

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("database")]

OBEYED_SECONDS = 10.0  # two on a machine that is not busy


def states_of_redis() -> list[str]:
    return [each.state for each in breaker_switches.reports() if each.name == "redis"]


def wait_until(what: Callable[[], bool], *, of: Served) -> None:
    deadline = time.monotonic() + OBEYED_SECONDS
    while not what():
        assert time.monotonic() < deadline, (breaker_switches.reports(), of.log_text())
        time.sleep(0.05)


def test_a_process_that_serves_opens_by_hand_and_lets_go_again(mongo_uri: str, settings: Any) -> None:
    with serving(MONGO_URI=mongo_uri, REDIS_URL=settings.REDIS_URL) as served:
        assert served.send("GET", "/health/live").status == 200
        call_command("breakers", "open", "redis", "--for", "1m")
        wait_until(lambda: states_of_redis() == ["open"], of=served)
        ready = served.send("GET", "/health/ready").json()
        call_command("breakers", "reset", "redis")
        wait_until(lambda: states_of_redis() == ["closed"], of=served)

    assert ready["status"] in {"pass", "warn"}
    assert not breaker_switches.reports()[0].process.endswith(f":{os.getpid()}")
