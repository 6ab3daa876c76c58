"""A process that is told to stop: readiness says so at once, what is under way is answered, and the exit code is 0.

Over a real granian and a real MongoDB: a request is held up in a frozen mongod while SIGTERM comes.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from novapulse.local.guard import guarding
from novapulse.local.mongo import MONGO
from novapulse.local.stack import up
from tests.faults import frozen, server_of
from tests.serving import serving
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Answer, Served

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

STAY_SECONDS = 6.0
LOGIN = {"email": "nobody@acme.example", "password": "a quiet river under four bridges"}


@pytest.fixture(scope="module")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mongod")
    with guarding(folder, remove=True) as guard:
        yield up(folder, guard=guard, wanted=[MONGO])[MONGO.variable]


def sign_in(served: Served) -> Answer:
    return served.send("POST", "/api/v1/auth/login", LOGIN)


def test_a_proxy_hears_of_it_before_the_port_closes_and_nothing_is_lost(mongo_url: str) -> None:
    with (
        serving(MONGO_URI=mongo_url, DRAIN_MS=str(round(STAY_SECONDS * 1000))) as served,
        ThreadPoolExecutor(1) as pool,
    ):
        assert sign_in(served).status == 401
        assert served.send("GET", "/health/ready").status == 200
        with frozen(server_of(mongo_url)):
            held = pool.submit(sign_in, served)
            time.sleep(0.3)
            served.process.terminate()
            told = time.monotonic()
            wait_until(lambda: served.send("GET", "/health/ready").status != 200, seconds=STAY_SECONDS / 2)
        assert served.send("GET", "/health/live").status == 200
        assert sign_in(served).status == 401  # who has not heard yet is served all the same
        assert held.result().status == 401
        assert served.process.wait(30) == 0

    assert time.monotonic() - told >= STAY_SECONDS


def test_what_is_under_way_when_the_port_closes_is_answered(mongo_url: str) -> None:
    with serving(MONGO_URI=mongo_url) as served, ThreadPoolExecutor(1) as pool:
        assert sign_in(served).status == 401
        with frozen(server_of(mongo_url)):
            held = pool.submit(sign_in, served)
            time.sleep(0.3)
            served.process.terminate()
            wait_until_closed(served)
            assert served.process.poll() is None
        assert held.result().status == 401
        assert served.process.wait(30) == 0


def wait_until_closed(served: Served) -> None:
    wait_until(lambda: not served.lives())
