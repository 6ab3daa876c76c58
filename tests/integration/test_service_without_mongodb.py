"""MongoDB is away: the process starts and stays, says so at once and safely, and recovers by itself.

The faults are real: a mongod that is not started, frozen (SIGSTOP) or killed (SIGKILL) under a served process.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.local.guard import guarding
from novapulse.local.mongo import MONGO
from novapulse.local.stack import up
from tests.faults import frozen, kill_server, server_of
from tests.serving import Answer, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from novapulse.local.guard import Guard

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

BUDGETS = {
    "MONGO_SERVER_SELECTION_TIMEOUT": "1000",
    "MONGO_SOCKET_TIMEOUT": "3000",
    "SQS_TIMEOUT_MS": "3000",
    "SERVICE_TIMEOUT_MS": "4000",
    "REQUEST_TIMEOUT_MS": "5000",
}
SELECTION_SECONDS, REQUEST_SECONDS = 1.0, 5.0
SLACK_SECONDS = 3.5  # 0.25 s for the answer, 0.75 s where no server can be selected, the rest for a busy machine
RECOVERY_SECONDS = 20.0
AT_ONCE_SECONDS = 0.5  # less than the search for a server takes
BACK_SECONDS = 15.0  # ten are promised

LOGIN = {"email": "nobody@acme.example", "password": "a quiet river under four bridges"}


@dataclass(frozen=True)
class Mongod:
    """A mongod of one's own, which keeps its port and its data."""

    folder: Path
    guard: Guard

    def start(self) -> str:
        return up(self.folder, guard=self.guard, wanted=[MONGO])[MONGO.variable]


@pytest.fixture
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    folder = tmp_path_factory.mktemp("mongod")
    with guarding(folder, remove=True) as guard:
        yield Mongod(folder, guard)


@contextmanager
def service(url: str) -> Iterator[Served]:
    with serving(MONGO_URI=url, **BUDGETS) as served:
        yield served


def sign_in(served: Served) -> tuple[Answer, float]:
    started = time.monotonic()
    return served.send("POST", "/api/v1/auth/login", LOGIN), time.monotonic() - started


def check_refusal(answer: Answer) -> dict[str, Any]:
    """Check that it is a problem document that says whether a retry is safe, and names nothing of ours."""
    body: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert (answer.status, body["code"]) in {(503, "unavailable"), (504, "timed-out")}
    assert "127.0.0.1" not in str(body)
    if answer.status == 503:
        assert int(answer.headers["retry-after"]) >= 1
    else:
        assert body["outcome"] in {"none", "unknown"}
    return body


def until_refused_at_once(served: Served) -> None:
    """Send requests until the breaker is open: two searches must have failed, the watch's own among them."""
    deadline = time.monotonic() + 4 * SELECTION_SECONDS + SLACK_SECONDS
    while (refused := sign_in(served))[1] > AT_ONCE_SECONDS:
        check_refusal(refused[0])
        assert time.monotonic() < deadline
    assert refused[0].status == 503


def wait_until_it_works(served: Served) -> None:
    """Wait for the answer of a database that is there and knows nobody: 401."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while (answer := sign_in(served)[0]).status != 401:
        check_refusal(answer)
        assert time.monotonic() < deadline
    while served.send("GET", "/health/ready").json()["checks"]["mongodb"] != "pass":  # looked at every other second
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_process_starts_without_mongodb_refuses_safely_and_recovers_when_it_comes(mongod: Mongod) -> None:
    url = mongod.start()
    kill_server(url)
    with service(url) as served:
        assert served.send("GET", "/health/live").status == 200
        ready = served.send("GET", "/health/ready")
        answer, seconds = sign_in(served)
        body = check_refusal(answer)
        assert mongod.start() == url
        wait_until_it_works(served)

    assert (ready.status, ready.json()["status"], ready.json()["checks"]["mongodb"]) == (200, "warn", "warn")
    assert (answer.status, body["detail"]) == (
        503,
        "The database does not answer; nothing was changed, so a retry is safe.",
    )
    assert seconds < SELECTION_SECONDS + SLACK_SECONDS


def test_a_mongod_that_is_killed_and_comes_back_is_found_again(mongod: Mongod) -> None:
    url = mongod.start()
    with service(url) as served:
        wait_until_it_works(served)
        kill_server(url)
        for _ in range(3):
            answer, seconds = sign_in(served)
            check_refusal(answer)
            assert seconds < REQUEST_SECONDS + SLACK_SECONDS
        assert served.lives()
        mongod.start()
        wait_until_it_works(served)


def test_without_mongodb_requests_are_refused_at_once_and_soon_after_it_is_back_they_work(mongod: Mongod) -> None:
    url = mongod.start()
    with service(url) as served:
        wait_until_it_works(served)
        kill_server(url)
        until_refused_at_once(served)
        seconds = [sign_in(served)[1] for _ in range(5)]
        mongod.start()
        started = time.monotonic()
        wait_until_it_works(served)

    assert sorted(seconds)[2] < AT_ONCE_SECONDS
    assert time.monotonic() - started < BACK_SECONDS


def test_a_mongod_that_hangs_is_waited_for_no_longer_than_the_budget_and_found_again(mongod: Mongod) -> None:
    url = mongod.start()
    with service(url) as served:
        wait_until_it_works(served)
        with frozen(server_of(url)):
            answer, seconds = sign_in(served)
            check_refusal(answer)
            assert served.lives()
            assert served.send("GET", "/health/ready").json()["status"] == "warn"
        wait_until_it_works(served)

    assert seconds < REQUEST_SECONDS + SLACK_SECONDS


def test_many_requests_at_once_while_it_is_killed_and_comes_back_meet_nothing_worse(mongod: Mongod) -> None:
    url = mongod.start()
    with service(url) as served:
        wait_until_it_works(served)
        with ThreadPoolExecutor(4) as pool:
            pending = [pool.submit(sign_in, served) for _ in range(60)]
            kill_server(url)
            mongod.start()
            answers = [each.result()[0] for each in pending]
        for answer in answers:
            if answer.status != 401:
                check_refusal(answer)
        wait_until_it_works(served)
        assert "Traceback" not in served.log_text()

    assert set(Counter(answer.status for answer in answers)) <= {401, 503, 504}
