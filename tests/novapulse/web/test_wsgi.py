"""What the WSGI server is given."""

from __future__ import annotations

import io
from typing import Any

from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from novapulse.web.wsgi import WholeAnswers


def whole(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"all of it")


def streamed(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"piece ", b"by piece"]))


urlpatterns = [path("whole", whole), path("streamed", streamed)]


def answer_to(address: str) -> Any:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
    }
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        return WholeAnswers()(environ, lambda _status, _headers: None)


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
