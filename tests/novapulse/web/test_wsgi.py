"""What the WSGI server is given."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from novapulse.web import body
from novapulse.web.wsgi import WholeAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator


def whole(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"all of it")


def streamed(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"piece ", b"by piece"]))


def reading(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body[:1])


urlpatterns = [path("whole", whole), path("streamed", streamed), path("reading", reading)]


@pytest.fixture(autouse=True)
def _connections_of_other_tests_are_left_alone() -> Iterator[None]:
    """Keep a request from looking after PostgreSQL, which no test may touch that has not asked for it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def answer_to(address: str, **more: Any) -> Any:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
        "start_response": lambda _status, _headers: None,
        **more,
    }
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        return WholeAnswers()(environ, environ["start_response"])


def test_ordinary_answer_is_a_list_and_its_request_is_over() -> None:
    finished: list[object] = []
    request_finished.connect(lambda sender, **_rest: finished.append(sender), weak=False, dispatch_uid="test")

    body = answer_to("/whole")

    request_finished.disconnect(dispatch_uid="test")
    assert body == [b"all of it"]
    assert len(finished) == 1


def test_streaming_answer_stays_a_stream() -> None:
    body = answer_to("/streamed")

    assert not isinstance(body, list)
    assert b"".join(body) == b"piece by piece"
    body.close()


def left_of(sent: bytes, address: str = "/whole", **more: str) -> tuple[bytes, bool]:
    """Give what nobody has read of what was sent, and whether the answer ends the connection."""
    told: dict[str, str] = {}
    incoming = io.BytesIO(sent)
    given = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(BODY)), **more}
    answer_to(
        address, **given, **{"wsgi.input": incoming, "start_response": lambda _status, headers: told.update(headers)}
    )
    return incoming.read(), told.get("Connection") == "close"


BODY, NEXT = b"x" * 100_000, b"the next request"


@pytest.mark.parametrize("address", ["/whole", "/streamed", "/nowhere", "/reading"])
def test_what_a_view_has_not_read_is_taken_in_to_its_end_and_no_further(address: str) -> None:
    assert left_of(BODY + NEXT, address) == (NEXT, False)


@pytest.mark.parametrize(
    "head",
    [
        {"REQUEST_METHOD": "GET"},
        {"HTTP_EXPECT": "100-continue"},
        {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"CONTENT_LENGTH": str(body.MAX_BYTES + 1)},
    ],
)
def test_what_is_not_taken_in_ends_its_connection(head: dict[str, str]) -> None:
    assert left_of(BODY, **head) == (BODY, True)


def test_body_that_ends_before_its_length_ends_its_connection() -> None:
    assert left_of(BODY[1:]) == (b"", True)


def test_large_body_that_was_read_leaves_its_connection(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    raw = b"x" * (2 * body.MAX_BYTES)

    assert left_of(raw, "/reading", CONTENT_LENGTH=str(len(raw))) == (b"", False)


@pytest.mark.parametrize("length", ["", "0"])
def test_request_without_a_body_leaves_its_connection(length: str) -> None:
    assert left_of(NEXT, CONTENT_LENGTH=length) == (NEXT, False)
