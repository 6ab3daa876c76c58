"""Whatever is sent: a clear 4xx as a problem document, never a 5xx, never HTML, and the next request is answered.

Each case goes through Django's test client and over a socket to the served process.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api import new_client
from tests.serving import Answer, Served

if TYPE_CHECKING:
    from collections.abc import Callable

    Send = Callable[..., Answer]

SIGNUP = "/api/v1/auth/signup"
LOGIN = "/api/v1/auth/login"
LIMIT = 1024 * 1024

MALFORMED = {
    "empty": b"",
    "cut off": b'{"email": "a@b.example"',
    "trailing comma": b'{"email": "a",}',
    "two documents": b"{}{}",
    "list": b"[]",
    "string": b'"text"',
    "number": b"1",
    "null": b"null",
    "NaN": b'{"email": NaN}',
    "Infinity": b'{"email": -Infinity}',
    "1e999": b'{"email": 1e999}',
    "5,000 digits": b'{"email": ' + b"9" * 5_000 + b"}",
    "beyond 64 bits": b'{"email": 18446744073709551616}',
    "100,000 lists deep": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "1,000 lists deep": b'{"a":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "lone surrogate, escaped": b'{"email": "\\ud800"}',
    "lone surrogate, raw": b'{"email": "\xed\xa0\x80"}',
    "surrogate in a name": b'{"\\udfff": 1}',
    "NUL, raw": b'{"email": "\x00"}',
    "name twice": b'{"email": "a", "email": "b"}',
    "name twice, further in": b'{"email": {"a": 1, "a": 2}}',
    "not UTF-8": b'{"email": "\xff\xfe"}',
    "UTF-16": '{"email": "a"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"email": "a"}',
}

INVALID = {
    "no field": b"{}",
    "NUL, escaped": b'{"email": "a\\u0000@b.example", "password": "p"}',
    "operator for a string": b'{"email": {"$ne": null}, "password": {"$gt": ""}}',
    "unknown names": json.dumps({f"name{number}": 1 for number in range(5_000)}).encode(),
    "name of a method": b'{"__class__": 1, "constructor": 1}',
    "number for a string": b'{"email": 5, "password": true}',
    "32 levels": b'{"email": ' + b"[" * 30 + b"]" * 30 + b"}",
}


OTHER_TYPES = [
    "text/plain",
    "text/html",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "json",
    ";;;",
    "*/*",
]


def in_process(method: str, path: str, body: object = None, **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    content_type = given.pop("Content-Type", "application/json")
    raw = body if isinstance(body, bytes) else b""
    response = new_client().generic(method, path, raw, content_type=content_type, headers=given)
    return Answer(
        response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content
    )


@pytest.fixture(params=["in process", "served"])
def send(request: pytest.FixtureRequest, database: object) -> Send:
    if request.param == "in process":
        return in_process
    service: Served = request.getfixturevalue("served")
    return service.send


def problem(answer: Answer, *statuses: int) -> dict[str, Any]:
    """Check all that every refusal promises."""
    assert answer.status in statuses
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = json.loads(answer.body)
    assert body["status"] == answer.status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["instance"] == f"urn:request:{body['request_id']}"
    assert body["title"]
    assert body["detail"]
    assert len(answer.body) < 32 * 1024
    return body


@pytest.fixture(autouse=True)
def _the_process_answers_the_next_request(request: pytest.FixtureRequest) -> Any:
    yield
    if "served" in request.fixturenames:
        service: Served = request.getfixturevalue("served")
        assert service.lives()
        assert "Traceback" not in service.log_text(), service.log_text()[-3000:]


@pytest.mark.parametrize("path", [SIGNUP, LOGIN])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_400(send: Send, path: str, body: bytes) -> None:
    assert problem(send("POST", path, body), 400)["code"] == "malformed-body"


@pytest.mark.parametrize("path", [SIGNUP, LOGIN])
@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
def test_a_body_that_breaks_the_contract_is_400_and_names_its_fields(send: Send, path: str, body: bytes) -> None:
    found = problem(send("POST", path, body), 400)

    assert found["code"] == "invalid"
    assert 0 < len(found["errors"]) <= 100
    assert all(error["pointer"].startswith("/") for error in found["errors"])


def test_a_body_over_the_limit_is_413(send: Send) -> None:
    assert problem(send("POST", LOGIN, b'{"email": "' + b"x" * LIMIT + b'"}'), 413)["code"] == "body-too-large"


def test_a_body_of_just_the_limit_is_looked_at(send: Send) -> None:
    raw = b'{"email": "' + b"x" * (LIMIT - 13) + b'"}'

    assert len(raw) == LIMIT
    assert problem(send("POST", LOGIN, raw), 400)["code"] == "invalid"


@pytest.mark.parametrize("content_type", OTHER_TYPES)
def test_another_media_type_is_415(send: Send, content_type: str) -> None:
    assert problem(send("POST", LOGIN, b"{}", Content_Type=content_type), 415)["code"] == "unsupported-media-type"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_a_content_coding_is_415(send: Send, coding: str) -> None:
    answer = send("POST", LOGIN, gzip.compress(b"{}"), Content_Encoding=coding)

    assert problem(answer, 415)["code"] == "unsupported-media-type"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"])
def test_a_method_that_a_route_does_not_know_is_405_with_allow(send: Send, method: str) -> None:
    answer = send(method, LOGIN, b"{}")

    problem(answer, 405)
    assert answer.headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    "path",
    ["/", "/nowhere", "/api/v1", "/api/v1/auth/login/", "/api/v1/members/1", "/api/v1/members/%00", "/%ff%fe", "/..",
     "/api/v1/members/" + "a" * 5_000, "/api/v1/auth%2Flogin%0a", "/.env", "/static/../manage.py", "//api/v1/me",
     "/wp-login.php", "/api/v1/members/%F0%9F%98%80"],
)  # fmt: skip
def test_a_path_that_is_none_is_404(send: Send, path: str) -> None:
    assert problem(send("GET", path), 404)["code"] == "not-found"


TOO_MANY = "&".join(f"a{number}=1" for number in range(1_500))


@pytest.mark.parametrize("query", ["a=1", "a=1&a=2", "%ff=%fe", "a=%00", "%00", "a;b", TOO_MANY])
def test_a_garbage_query_is_400(send: Send, query: str) -> None:
    assert problem(send("GET", f"/health/live?{query}"), 400)["code"] == "invalid"
    assert problem(send("POST", f"{LOGIN}?{query}", b"{}"), 400)["code"] == "invalid"


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/tasks", "/api/v1/members", "/api/v1/company"])
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer a.b.c", "Bearer " + "a" * 6_000, "Basic YTpi",
                      "Bearer ééé", "bearer null", "Bearer eyJhbGciOiJub25lIn0.e30."]
)  # fmt: skip
def test_a_credential_that_is_none_is_401(send: Send, path: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = send("GET", path, **headers)

    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "a b", "", "127.0.0.1:port", "127.0.0.1,evil"]
)
def test_a_host_that_is_not_ours_is_400(send: Send, host: str) -> None:
    assert problem(send("GET", "/api/v1/me", Host=host), 400)["code"] == "unknown-host"


@pytest.mark.parametrize("given", ["short", "x" * 129, "two words", "é" * 10])
def test_a_malformed_request_id_is_replaced(send: Send, given: str) -> None:
    answer = send("GET", "/nowhere", X_Request_ID=given)

    assert problem(answer, 404)["request_id"] != given
    assert send("GET", "/nowhere", X_Request_ID="well-formed.1").headers["x-request-id"] == "well-formed.1"


def test_head_and_options_have_no_body_and_are_not_html(send: Send) -> None:
    for answer in (send("HEAD", "/health/live"), send("HEAD", "/nowhere"), send("OPTIONS", LOGIN)):
        assert answer.body == b""
        assert "html" not in answer.headers.get("content-type", "")
        assert answer.headers["x-request-id"]
    assert send("OPTIONS", LOGIN).headers["allow"] == "OPTIONS, POST"
