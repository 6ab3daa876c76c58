"""Servers of strangers, on real sockets: well ones, and those that fail, hang, drip, flood, lead astray.

`with receiver(says(200)) as there:` listens; `there.url` is where, `there.requests` what came.
"""

from __future__ import annotations

import gzip
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Answer = Callable[["Receiver", socket.socket], None]

_MEGABYTE = 1024 * 1024
_TEN_GIGABYTES = 10 * 1024 * _MEGABYTE


@dataclass
class Request:
    """What came: the target, the headers by their small names, the body."""

    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A server that listens; `sent` counts the bytes of bodies that it got rid of."""

    host: str
    port: int
    scheme: str
    requests: list[Request] = field(default_factory=list)
    sent: int = 0
    over: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/in"


@contextmanager
def receiver(answer: Answer, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen until the block is over; `answer` may change from one request to the next."""
    with socket.create_server((host, 0), backlog=64) as listener:
        there = Receiver(host, listener.getsockname()[1], "http" if tls is None else "https")
        Thread(target=_listen, args=(listener, there, answer, tls), daemon=True).start()
        try:
            yield there
        finally:
            there.over.set()
            listener.shutdown(socket.SHUT_RDWR)


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Answer properly."""

    def answer(there: Receiver, stranger: socket.socket) -> None:
        stranger.sendall(_head(status, length=len(body), **headers) + body)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """Answer in one way after the other; the last one stays."""

    def answer(there: Receiver, stranger: socket.socket) -> None:
        answers[min(len(there.requests), len(answers)) - 1](there, stranger)

    return answer


def hangs(there: Receiver, stranger: socket.socket) -> None:
    """Never say a word."""
    there.over.wait(60)


def drips(there: Receiver, stranger: socket.socket) -> None:
    """Say the headers byte by byte, without an end."""
    _send_for_ever(there, stranger, b"HTTP/1.1 200 OK\r\nX-Drip: ", then=b"x", pause=0.02)


def drips_the_body(there: Receiver, stranger: socket.socket) -> None:
    """Say the headers, then the body byte by byte."""
    _send_for_ever(there, stranger, _head(200, length=_TEN_GIGABYTES), then=b"x", pause=0.02)


def floods(there: Receiver, stranger: socket.socket) -> None:
    """Send a body of ten gigabytes."""
    _send_for_ever(there, stranger, _head(200, length=_TEN_GIGABYTES), then=b"x" * _MEGABYTE, pause=0)


def bombs(there: Receiver, stranger: socket.socket) -> None:
    """Send a small body that unpacks to much more, and that to sixteen megabytes: zeros, packed twice."""
    body = gzip.compress(gzip.compress(bytes(16 * _MEGABYTE)))
    stranger.sendall(_head(200, length=len(body), Content_Encoding="gzip, gzip") + body)


def babbles(there: Receiver, stranger: socket.socket) -> None:
    """Say something that is not HTTP."""
    stranger.sendall(b"220 mail.example ESMTP\r\n" * 3)


def hangs_up(there: Receiver, stranger: socket.socket) -> None:
    """Break off without a word."""


def _listen(listener: socket.socket, there: Receiver, answer: Answer, tls: ssl.SSLContext | None) -> None:
    while not there.over.is_set():
        try:
            stranger, _ = listener.accept()
        except OSError:
            return
        Thread(target=_serve, args=(stranger, there, answer, tls), daemon=True).start()


def _serve(stranger: socket.socket, there: Receiver, answer: Answer, tls: ssl.SSLContext | None) -> None:
    try:
        with stranger if tls is None else tls.wrap_socket(stranger, server_side=True) as channel:
            request = _read(channel)
            if request is not None:
                there.requests.append(request)
                answer(there, channel)
    except OSError:  # whoever asked has gone
        return


def _read(channel: socket.socket) -> Request | None:
    with channel.makefile("rb") as lines:
        first = lines.readline().split()
        if len(first) < 2:
            return None
        pairs = (line.decode().strip().partition(": ") for line in iter(lines.readline, b"\r\n"))
        headers = {name.lower(): value for name, _, value in pairs}
        return Request(first[1].decode(), headers, lines.read(int(headers.get("content-length", "0"))))


def _head(status: int, *, length: int, **headers: str) -> bytes:
    named = {"Content-Length": str(length), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Some Words\r\n{lines}\r\n".encode()


def _send_for_ever(there: Receiver, stranger: socket.socket, first: bytes, *, then: bytes, pause: float) -> None:
    stranger.sendall(first)
    while not there.over.is_set():
        stranger.sendall(then)
        there.sent += len(then)
        time.sleep(pause)
