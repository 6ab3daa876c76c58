"""Asking a local web server."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING

import pytest

from novapulse.local.asking import ask
from novapulse.local.errors import NotReadyError
from novapulse.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/live" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class calls it so
        """Stay silent."""


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server.server_port
        server.shutdown()


def test_ask_is_content_with_a_success(port: int) -> None:
    assert ask(port, path="/health/live") is None  # type: ignore[func-returns-value]  # that it returns is the point


def test_ask_raises_when_the_answer_is_a_refusal(port: int) -> None:
    with pytest.raises(NotReadyError, match="It answered 503"):
        ask(port, path="/health/ready")


def test_ask_raises_when_nobody_listens() -> None:
    with pytest.raises(NotReadyError, match="refused"):
        ask(free_port(), path="/")
