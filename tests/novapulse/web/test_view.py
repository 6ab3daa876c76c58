"""The base of every route, over a tiny service and the real stores."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from bson import ObjectId

from novapulse import context
from novapulse.log import JsonFormatter
from novapulse.tenancy import scope
from tests.novapulse.web.routes import COMPANIES

ANN = {"X_Visitor": "acme.ann"}
NOTE = f"/notes/{ObjectId()}"


Logged = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """Give what was logged so far, as the service's own formatter writes it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def problem(response: Any) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


def test_a_valid_request_reaches_its_handler(send: Any, notes: Any) -> None:
    response = send("POST", "/notes", {"text": "hello"}, **ANN)

    assert response.status_code == 201
    assert notes.find_one({})["text"] == "hello"
    assert notes.find_one({})["company_id"] == COMPANIES["acme"].company_id


def test_a_company_sees_its_own_alone(send: Any, notes: Any) -> None:
    send("POST", "/notes", {"text": "ours"}, **ANN)

    assert send("GET", "/notes", **ANN).json()["count"] == 1
    assert send("GET", "/notes", X_Visitor="rival.eve").json()["count"] == 0


def test_nobody_known_is_401_and_nobody_permitted_403(send: Any) -> None:
    anonymous = send("GET", "/notes")

    assert problem(anonymous)["status"] == 401
    assert anonymous.headers["WWW-Authenticate"].startswith("Bearer")
    assert problem(send("GET", "/notes", X_Visitor="acme.nobody"))["status"] == 403


def test_who_asks_is_looked_at_before_what_they_say(send: Any) -> None:
    assert send("POST", "/notes", b"{", Content_Type="text/plain").status_code == 401
    assert send("POST", "/notes?x=1", b"{", X_Visitor="acme.nobody").status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "CONNECT", "PROPFIND", "__class__", "DISPATCH"])
def test_a_method_that_the_route_does_not_know_is_405_with_allow(send: Any, method: str) -> None:
    response = send(method, "/notes", **ANN)

    assert problem(response)["status"] == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_options_tells_the_methods(send: Any) -> None:
    response = send("OPTIONS", NOTE)

    assert response.status_code == 204
    assert response.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


def test_head_is_get_without_the_body(send: Any) -> None:
    response = send("HEAD", NOTE, **ANN)

    assert response.status_code == 200
    assert response.headers["ETag"] == '"1"'
    assert response.content == b""


def test_an_unknown_parameter_is_refused_on_every_method(send: Any) -> None:
    for method, path, headers in (("GET", "/notes", {}), ("POST", "/notes", {}), ("DELETE", NOTE, {})):
        body = problem(send(method, f"{path}?colour=red", {"text": "a"}, **ANN, **headers))
        assert body["errors"][0]["pointer"] == "?colour"


def test_a_conditional_change_wants_if_match(send: Any) -> None:
    assert problem(send("PATCH", NOTE, {}, **ANN))["status"] == 428
    assert problem(send("PATCH", NOTE, {}, **ANN, If_Match="*"))["status"] == 412
    assert send("PATCH", NOTE, {"text": "new"}, **ANN, If_Match='"7"').json()["version"] == 7


def test_a_body_that_a_route_does_not_read_is_left_alone(send: Any) -> None:
    assert send("DELETE", NOTE, b"{" * 100, **ANN).status_code == 204
    assert send("GET", "/notes", b"\xff", **ANN).status_code == 200


def test_a_body_over_the_limit_is_413_also_where_nothing_reads_it(send: Any, notes: Any) -> None:
    raw = b" " * (1024 * 1024 + 1)

    assert problem(send("POST", "/notes", raw, **ANN))["status"] == 413
    assert problem(send("POST", "/notes", raw, **ANN, Idempotency_Key="key-1"))["status"] == 413


def test_an_anonymous_route_knows_nobody_whoever_asks(send: Any) -> None:
    assert send("GET", "/open", **ANN).json() == {"principal": "", "company": ""}


def test_neither_principal_nor_company_survive_into_the_next_request_of_the_thread(send: Any, notes: Any) -> None:
    for method, path, body in (
        ("GET", "/notes", None),
        ("POST", "/notes", {"text": "fine"}),
        ("POST", "/notes", {"text": "conflict"}),
        ("POST", "/notes", {"text": "bug"}),
        ("POST", "/notes", b"{"),
        ("PATCH", NOTE, {}),
    ):
        send(method, path, body, **ANN)
        assert scope.active() is None
        with pytest.raises(LookupError):
            context.principal()
        assert send("GET", "/open").json() == {"principal": "", "company": ""}
        assert send("GET", "/notes").status_code == 401
        assert send("GET", "/notes", X_Visitor="rival.eve").json()["role"] == "eve"


def test_a_mistake_of_ours_is_a_500_that_tells_nothing_and_one_line_that_tells_all(send: Any, logged: Logged) -> None:
    response = send("POST", "/open", {"text": "bug"}, X_Request_ID="request-of-the-bug")
    lines = logged()
    body = problem(response)

    assert (body["status"], body["code"]) == (500, "internal")
    assert b"secret" not in response.content
    assert [(line["event"], line["level"], line["request_id"]) for line in lines] == [
        ("http.unhandled_error", "error", "request-of-the-bug"),
        ("http.request", "info", "request-of-the-bug"),
    ]
    assert lines[0]["traceback"].endswith("builtins.KeyError\n")


def test_a_database_that_is_away_is_a_503_that_names_no_host(send: Any, logged: Logged) -> None:
    response = send("POST", "/open", {"text": "database"}, X_Request_ID="request-in-vain")
    lines = logged()

    assert problem(response)["status"] == 503
    assert response.headers["Retry-After"] == "2"
    assert b"10.0.0.7" not in response.content
    assert {line["request_id"] for line in lines} == {"request-in-vain"}
    assert lines[0]["event"] == "store_failed"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("abcdefgh", True),
        ("a" * 128, True),
        ("A.b_c-9.0", True),
        ("short", False),
        ("a" * 129, False),
        ("with space", False),
        ("line\nbreak", False),
        ("ünïcödé-id", False),
        ('"quoted-id"', False),
    ],
)
def test_a_request_id_is_taken_where_it_is_well_formed_else_made(send: Any, given: str, taken: bool) -> None:  # noqa: FBT001  a parameter
    response = send("GET", "/open", X_Request_ID=given)

    assert (response.headers["X-Request-ID"] == given) is taken
    assert len(response.headers["X-Request-ID"]) >= 8


@pytest.mark.parametrize("path", ["/open", "/nowhere", "/notes", "/open?colour=red", "/notes/0"])
def test_every_answer_names_its_request_and_is_not_to_be_guessed_or_framed(send: Any, path: str) -> None:
    response = send("GET", path)

    assert response.headers["X-Request-ID"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Frame-Options"] == "DENY"


def test_a_path_that_is_none_is_a_problem_document(send: Any) -> None:
    for path in ("/nowhere", "/notes/", "/notes/0", f"{NOTE.upper()}", "//notes", "/notes%00"):
        assert problem(send("GET", path, **ANN))["status"] == 404


def test_a_query_of_too_many_parameters_is_a_problem_document(send: Any) -> None:
    query = "&".join(f"a{number}=1" for number in range(1_001))

    assert problem(send("GET", f"/open?{query}"))["status"] == 400


@pytest.mark.parametrize(
    "query", ["%ff=%ff", "a=1&a=2", "%00=%00", "a=%00", "&&&", "a;b;c", "=", "%", "a[]=1", "$where=1"]
)
def test_a_garbage_query_is_a_problem_document_or_nothing_at_all(send: Any, query: str) -> None:
    response = send("GET", f"/open?{query}")

    if query == "&&&":
        assert response.status_code == 200
    else:
        assert problem(response)["status"] == 400
