"""Messages that are odd on the wire, byte by byte, to the served process.

What is HTTP reaches the application and gets a problem document. What is not never does: granian answers 400, 414 or
431 itself, with an empty body and without a request id.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Served


@pytest.fixture(autouse=True)
def _the_process_answers_the_next_request(served: Served) -> Iterator[None]:
    yield
    assert served.lives()
    assert "Traceback" not in served.log_text(), served.log_text()[-3000:]


def over_socket(service: Served, message: bytes, *, ends: bool = False) -> bytes:
    """Send bytes as they are and read what comes until the connection closes."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(message)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def post(*headers: str, body: bytes = b"{}") -> bytes:
    lines = [
        "POST /api/v1/auth/login HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        "Content-Type: application/json",
    ]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


CHUNKED = b"2\r\n{}\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        (post("Transfer-Encoding: chunked", body=CHUNKED), 411, b"length-required"),
        (post("Content-Length: 2", "Transfer-Encoding: chunked", body=CHUNKED), 411, b"length-required"),
        (post("Transfer-Encoding: chunked", body=b"fffffff\r\n{}"), 411, b"length-required"),
        (post(), 400, b"malformed-body"),
        (post("Content-Length: 1"), 400, b"malformed-body"),
        (post("Content-Length: 2000000000"), 413, b"body-too-large"),
        (post("Expect: 100-continue", "Content-Length: 2"), 400, b"invalid"),
        (post("Expect: miracles", "Content-Length: 2"), 400, b"invalid"),
        (post("Content_Length: 5", "Content-Length: 2"), 400, b"invalid"),
        (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 404, b"not-found"),
        (b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 404, b"not-found"),
        (b"GET /api/v1/me HTTP/1.1\r\nConnection: close\r\n\r\n", 400, b"unknown-host"),
        (b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 404, b"not-found"),
    ],
)
def test_a_message_that_is_odd_on_the_wire_is_a_problem_document(
    served: Served, message: bytes, status: int, code: bytes
) -> None:
    received = over_socket(served, message).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/problem+json" in head
    assert b"x-request-id: " in head
    assert b'"code":"%s"' % code in body


def test_a_body_that_ends_before_its_length_is_a_problem_or_an_end_and_frees_its_thread(served: Served) -> None:
    for _ in range(8):  # twice as many as there are threads
        received = over_socket(served, post("Content-Length: 50"), ends=True)
        assert received == b"" or b" 400 " in received.partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"\x16\x03\x01\x02\x00nonsense\r\n\r\n", 400),
        (b"GET /a\x00b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \x7f\r\n\r\n", 400),
        (post("Content-Length: 18446744073709551615"), 431),
        (post("Content-Length: -1"), 400),
        (post("Content-Length: ten"), 400),
        (post("Content-Length: 2", "Content-Length: 3"), 400),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: a\r\n" * 300 + b"\r\n", 431),
    ],
)
def test_what_is_not_http_is_refused_by_the_server_itself(served: Served, message: bytes, status: int) -> None:
    received = over_socket(served, message)

    assert received.startswith(b"HTTP/1.1 %d " % status)
    assert received.endswith(b"\r\n\r\n")


def test_answers_say_how_long_they_are(served: Served) -> None:
    for path in ("/health/live", "/nowhere", "/api/v1/me"):
        answer = served.send("GET", path)
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert "transfer-encoding" not in answer.headers
