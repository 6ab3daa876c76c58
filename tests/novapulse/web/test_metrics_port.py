"""The port of a worker."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.web import metrics_port

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "an operator's token, as long as it takes"


@pytest.fixture
def port(settings: Any) -> Iterator[int]:
    settings.OPERATOR_TOKEN = TOKEN
    server = metrics_port.open_port(0)
    yield server.server_port
    server.shutdown()
    server.server_close()


def answer(port: int, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_operators_get_the_metrics_of_this_process(port: int) -> None:
    status, text = answer(port, "/metrics", Authorization=f"Bearer {TOKEN}")

    assert status == 200
    assert "\nprocess_uptime_seconds{" in text


def test_others_get_nothing(port: int) -> None:
    assert answer(port, "/metrics") == (401, "")
    assert answer(port, "/metrics", Authorization="Bearer another") == (401, "")
    assert answer(port, "/", Authorization=f"Bearer {TOKEN}") == (404, "")


def test_a_port_that_is_taken_is_said_to_be(port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        metrics_port.open_port(port)
