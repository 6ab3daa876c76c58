"""Requests end in time, as they are served: on a network that swallows, and with a thread that hangs for good."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.faults.proxy import proxied
from tests.serving import serving
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.serving import Answer, Served

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

BUDGET_SECONDS = 1.0
SLACK_SECONDS = 3.5  # promised are 0.25 s, and 0.75 s more where no server can be selected; the rest for a busy machine

LOGIN = {"email": "nobody@acme.example", "password": "a quiet river under four bridges"}
SHORT_BUDGETS = {
    "MONGO_SERVER_SELECTION_TIMEOUT": "500",
    "MONGO_SOCKET_TIMEOUT": "500",
    "SQS_TIMEOUT_MS": "700",
    "SERVICE_TIMEOUT_MS": "800",
    "REQUEST_TIMEOUT_MS": "1000",
    "WORKER_TIMEOUT_MS": "6000",
}


def sign_in(served: Served) -> tuple[Answer, float]:
    started = time.monotonic()
    answer = served.send("POST", "/api/v1/auth/login", LOGIN, X_Request_Timeout_Ms=str(int(BUDGET_SECONDS * 1000)))
    return answer, time.monotonic() - started


def test_a_network_that_swallows_everything_costs_a_client_no_more_than_its_budget() -> None:
    mongo = urlsplit(settings.MONGO_URI)
    with proxied(mongo.port) as network:
        uri = f"mongodb://127.0.0.1:{network.port}{mongo.path}?directConnection=true"
        with serving(MONGO_URI=uri) as served:
            assert sign_in(served)[0].status == 401
            network.swallows()
            with ThreadPoolExecutor(4) as pool:
                answers = [each.result() for each in [pool.submit(sign_in, served) for _ in range(4)]]
            network.passes()
            wait_until(lambda: sign_in(served)[0].status == 401)

    for answer, seconds in answers:
        body = answer.json()
        assert (answer.status, body["code"]) in {(504, "timed-out"), (503, "unavailable")}  # no server is in sight
        if answer.status == 504:
            assert (body["deadline_ms"], body["phase"], body["outcome"]) == (1000, "database", "none")
        assert seconds < BUDGET_SECONDS + SLACK_SECONDS


def test_a_worker_in_which_a_request_hangs_is_replaced_and_says_where_it_hung() -> None:
    slow_routes = {"DJANGO_SETTINGS_MODULE": "tests.apps.resilience.settings", "GRANIAN_RESPAWN_FAILED_WORKERS": "true"}
    with serving(**SHORT_BUDGETS, **slow_routes) as served, ThreadPoolExecutor(1) as pool:
        first = process_of(served)
        hung = pool.submit(served.send, "GET", "/api/v1/hang")
        time.sleep(1.0)
        assert process_of(served) == first  # the others go on meanwhile
        wait_until(lambda: is_replaced(served, first=first), seconds=60, tell=served.log_text)
        assert hung.exception(timeout=30) is not None
        log = served.log_text()

    assert log.count('"event":"resilience.request_overran"') == 1
    assert "HangView.get" in log
    assert '"event":"resilience.worker_recycled"' in log


def is_replaced(served: Served, *, first: int) -> bool:
    with suppress(OSError, HTTPException):  # just now there may be none
        return process_of(served) != first
    return False


def process_of(served: Served) -> int:
    return int(served.send("GET", "/api/v1/worker").json()["process"])
