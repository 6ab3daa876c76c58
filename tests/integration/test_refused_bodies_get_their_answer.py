"""Whoever sends a body that nobody reads gets an answer all the same, and so does their next request on a connection.

What is left of a body is never taken for a request.
"""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

import pytest

from apps.tenants.domain import limits, standing
from novapulse.web import body
from tests.serving import serving

if TYPE_CHECKING:
    from tests.api import Api
    from tests.serving import Served

TASKS = "/api/v1/tasks"
CLIENTS = 8
EACH = 25  # of a client, on one connection as long as that is kept
LATER_SECONDS = 0.001  # the body comes so long after the head, by when a refusal has been decided
BODY = b'{"title": "never read"}'


def answers(served: Served, path: str, *, token: str = "", raw: bytes = BODY) -> Counter[object]:
    """Count what clients that keep their connections get, by status, or by what went wrong."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = [pool.submit(asking, served.port, path, token=token, raw=raw) for _ in range(CLIENTS)]
        return sum((each.result() for each in asked), Counter())


def asking(port: int, path: str, *, token: str, raw: bytes) -> Counter[object]:
    connection, found = HTTPConnection("127.0.0.1", port, timeout=20), Counter[object]()
    for _ in range(EACH):
        try:
            found[sent(connection, path, token=token, raw=raw)] += 1
        except (OSError, HTTPException) as error:
            found[type(error).__name__] += 1
            connection.close()
    connection.close()
    return found


def sent(connection: HTTPConnection, path: str, *, token: str, raw: bytes) -> int:
    connection.putrequest("POST", path)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(raw)))
    connection.putheader("Authorization", f"Bearer {token or 'nobody'}")
    connection.endheaders()
    time.sleep(LATER_SECONDS)
    connection.send(raw)
    response = connection.getresponse()
    response.read()
    return response.status


def test_refused_changes_get_their_answers_on_connections_that_stay(served: Served, acme: Api, rival: Api) -> None:
    standing.make_read_only("acme")
    limits.agree("rival", limits.Agreement(quota=1, window_seconds=3_600))
    asked = partial(answers, served)

    assert asked(TASKS, token=acme.token) == {403: CLIENTS * EACH}
    assert asked(TASKS) == {401: CLIENTS * EACH}
    assert asked("/nowhere") == {404: CLIENTS * EACH}
    assert asked("/health/live", raw=b"x" * body.MAX_BYTES) == {405: CLIENTS * EACH}
    assert asked(TASKS, token=rival.token)[429] >= CLIENTS * EACH - 2


SMUGGLED = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LENGTH = b"Content-Length: %d" % len(SMUGGLED)


def over_socket(served: Served, line: bytes, *headers: bytes, then: bytes = b"") -> bytes:
    """Send a head and what comes after it, and read until the connection is closed."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(b"\r\n".join([line + b" HTTP/1.1", b"Host: 127.0.0.1", *headers, b"", then]))
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        (b"GET /health/live", [LENGTH]),
        (b"POST /nowhere", [LENGTH, b"Expect: 100-continue"]),
        (b"POST /nowhere", [b"Content-Length: %d" % (body.MAX_BYTES + 1)]),
        (b"POST /nowhere", [b"Transfer-Encoding: chunked"]),
        (b"POST /nowhere", [b"Transfer-Encoding: chunked", LENGTH]),
    ],
)
def test_body_that_is_not_taken_in_is_not_waited_for_and_ends_its_connection(
    served: Served, line: bytes, headers: list[bytes]
) -> None:
    received = over_socket(served, line, *headers)

    assert received.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in received


@pytest.mark.parametrize("headers", [[LENGTH], [LENGTH, b"Expect: 100-continue"], [b"Content-Length: 2000000"]])
def test_body_that_nobody_reads_is_never_the_next_request(served: Served, headers: list[bytes]) -> None:
    received = over_socket(served, b"POST /nowhere", b"Connection: close", *headers, then=SMUGGLED)

    assert received.count(b"HTTP/1.1 ") == 1
    assert received.startswith(b"HTTP/1.1 404 ")


def test_request_after_a_body_that_nobody_reads_is_the_next_one(served: Served) -> None:
    last = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    received = over_socket(served, b"POST /nowhere", LENGTH, then=SMUGGLED + last)

    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"404", b"200"]


@pytest.mark.servers
def test_what_is_refused_at_the_door_gets_its_answer() -> None:
    with serving(target="tests.crowded:application") as crowded:
        assert answers(crowded, TASKS) == {503: CLIENTS * EACH}
        assert b"\r\nconnection: close\r\n" in over_socket(crowded, b"POST /nowhere", LENGTH)
        assert over_socket(crowded, b"POST /nowhere", LENGTH, then=SMUGGLED).count(b"HTTP/1.1 ") == 1
