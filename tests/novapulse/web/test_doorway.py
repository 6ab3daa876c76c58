"""Too much is refused before anything is asked of anybody; health is not."""

from __future__ import annotations

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.errors import Overloaded
from novapulse.resilience import precedence
from novapulse.resilience.shedding import Door, Limit
from novapulse.web import problems
from novapulse.web.doorway import Doorway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MOST = 8


class Work:
    """What is behind the door: it takes until it is told that it is over."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.reached: list[str] = []

    def __call__(self, environ: dict[str, Any], _start_response: object) -> list[bytes]:
        self.reached.append(environ["PATH_INFO"])
        self.over.wait(10)
        return [b"done"]


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def doorway(work: Work) -> Doorway:
    door = Door(Limit(least=MOST, most=MOST, target_seconds=1), threads=MOST + 1)
    return Doorway(work, door=door, left_free_by=lambda _method, path: None if path == "/health" else 0)


@pytest.fixture
def full(doorway: Doorway, work: Work) -> Iterator[Callable[[], list[bytes]]]:
    """Fill the room; give what lets everybody go and tells what they got."""
    with ThreadPoolExecutor(MOST) as pool:
        held = [pool.submit(sent, doorway) for _ in range(MOST)]
        while len(work.reached) < MOST:
            time.sleep(0.001)

        def end() -> list[bytes]:
            work.over.set()
            return [each.result()[1] for each in held]

        yield end
        work.over.set()


def sent(doorway: Doorway, path: str = "/tasks", **headers: str) -> tuple[dict[str, str], bytes]:
    """Send a request; give the headers of what was refused, its status under `status`, and the body."""
    seen: dict[str, str] = {}

    def start_response(status: str, given: list[tuple[str, str]]) -> None:
        seen.update(given, status=status)

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, **headers}
    return seen, b"".join(doorway(environ, start_response))


def test_what_finds_no_place_is_told_so_in_a_problem_document(
    doorway: Doorway, full: Callable[[], list[bytes]]
) -> None:
    headers, body = sent(doorway, HTTP_X_REQUEST_ID="named-by-the-client")
    problem = json.loads(body)

    assert (headers["status"], headers["Retry-After"]) == ("503 Service Unavailable", "2")
    assert headers["Content-Type"] == problems.PROBLEM_JSON
    assert headers["Content-Length"] == str(len(body))
    assert headers["X-Request-ID"] == problem["request_id"] == "named-by-the-client"
    assert problem["instance"] == "urn:request:named-by-the-client"
    assert {name: value for name, value in problem.items() if name not in {"request_id", "instance"}} == {
        name: value for name, value in problems.document(Overloaded()).items() if name not in {"request_id", "instance"}
    }
    assert full() == [b"done"] * MOST


@pytest.mark.usefixtures("full")
def test_a_refusal_takes_less_than_a_millisecond(doorway: Doorway) -> None:
    def timed() -> float:
        started = time.perf_counter()
        sent(doorway)
        return time.perf_counter() - started

    assert sorted(timed() for _ in range(101))[50] < 0.001


def test_health_is_let_in_whatever_the_crowd(doorway: Doorway, work: Work, full: Callable[[], list[bytes]]) -> None:
    with ThreadPoolExecutor(1) as pool:
        health = pool.submit(sent, doorway, "/health")
        while len(work.reached) <= MOST and not health.done():
            time.sleep(0.001)
        full()
        assert health.result()[1] == b"done"


@pytest.fixture
def closed() -> Door:
    """Give a door that lets nobody in, where all threads but one may rest."""
    limit = Limit(least=0, most=MOST, target_seconds=1)
    limit.value = 0
    return Door(limit, threads=MOST)


def refused(door: Door, **headers: str) -> Iterable[bytes]:
    doorway = Doorway(lambda *_given: [], door=door, left_free_by=lambda _method, _path: 0)
    return doorway({"REQUEST_METHOD": "GET", "PATH_INFO": "/tasks", **headers}, lambda *_given: None)


def test_where_threads_are_to_spare_one_that_has_sent_its_refusal_rests(closed: Door) -> None:
    answer = iter(refused(closed))
    assert json.loads(next(answer))["code"] == "overloaded"

    with ThreadPoolExecutor(1) as pool:
        rest = pool.submit(lambda: list(answer))
        while not (closed.resting or rest.done()):
            time.sleep(0.001)
        assert closed.resting == 1
        closed.look(0.0)  # one was refused since the last
        assert closed.resting == 1
        closed.look(0.0)
        assert rest.result(5) == []


def test_a_thread_does_not_rest_on_a_body_that_nobody_has_read(closed: Door) -> None:
    for headers in ({"CONTENT_LENGTH": "7"}, {"HTTP_TRANSFER_ENCODING": "chunked"}):
        assert isinstance(refused(closed, **headers), list)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ({}, None),
        ({"CONTENT_LENGTH": "0"}, None),
        ({"CONTENT_LENGTH": "7"}, "close"),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, "close"),
    ],
)
def test_refusal_ends_the_connection_that_a_body_may_come_on(
    doorway: Doorway, full: Callable[[], list[bytes]], head: dict[str, str], told: str | None
) -> None:
    assert sent(doorway, **head)[0].get("Connection") == told
    full()


def test_what_blows_up_leaves_its_place() -> None:
    def blows_up(_environ: object, _start_response: object) -> list[bytes]:
        raise ZeroDivisionError

    door = Door(Limit(least=MOST, most=MOST, target_seconds=1), threads=MOST)
    doorway = Doorway(blows_up, door=door, left_free_by=lambda _method, _path: 0)
    for _ in range(MOST + 1):
        with pytest.raises(ZeroDivisionError):
            sent(doorway)

    assert door.inside == 0


def test_a_thread_that_serves_takes_precedence_whatever_the_server_does(doorway: Doorway, work: Work) -> None:
    def served() -> tuple[int, int]:
        precedence.let_others_work()
        before = os.sched_getscheduler(0)
        sent(doorway, "/health")
        return before, os.sched_getscheduler(0)

    work.over.set()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(served).result() == (os.SCHED_BATCH, os.SCHED_OTHER)
