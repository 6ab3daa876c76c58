"""However the dependencies hang, health answers at once: p99 within 50 ms with every store frozen."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from novapulse.local.private import running_services
from tests.faults import frozen, server_of
from tests.prove.load import percentile
from tests.serving import serving
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.serving import Served

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

ASKED = 100
MOST_SECONDS = 0.05
SLACK = 3  # a busy machine, and nine in ten: `make prove` asserts the bound itself
TOKEN = "an operator's token, as long as it takes"


def asked(served: Served, path: str) -> tuple[int, float]:
    started = time.monotonic()
    return served.send("GET", path, Authorization=f"Bearer {TOKEN}").status, time.monotonic() - started


def test_with_every_store_frozen() -> None:
    with running_services() as urls, serving(**urls, OPERATOR_TOKEN=TOKEN) as served, ExitStack() as stores:
        wait_until_well(served)  # the first question to the AWS endpoint takes it longer than half a second
        for name in ("MONGO_URI", "REDIS_URL"):
            stores.enter_context(frozen(server_of(urls[name])))
        for path in ("/health/live", "/health/ready", "/health/status"):
            answers = [asked(served, path) for _ in range(ASKED)]
            assert {status for status, _ in answers} == {200}
            assert percentile([seconds for _, seconds in answers], 0.9) < MOST_SECONDS * SLACK, path
        wait_until(lambda: {checks(served)[name] for name in ("mongodb", "redis")} == {"warn"})
        stores.close()
        wait_until_well(served)


def wait_until_well(served: Served) -> None:
    wait_until(lambda: {state for name, state in checks(served).items() if name != "queues"} == {"pass"})  # none yet


def checks(served: Served) -> dict[str, str]:
    found: dict[str, str] = served.send("GET", "/health/ready").json()["checks"]
    return found
