"""Problem documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http.request import UnreadablePostError
from django.test import RequestFactory
from mongoengine.errors import OperationError, ValidationError
from pymongo.errors import AutoReconnect, DuplicateKeyError, ServerSelectionTimeoutError
from rest_framework import exceptions
from rest_framework_simplejwt.exceptions import InvalidToken

from novapulse import context, errors
from novapulse.web import problems, refusals

if TYPE_CHECKING:
    from django.http import HttpResponse

REQUEST = RequestFactory().get("/")


def parsed(response: HttpResponse) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = json.loads(response.content)
    assert body["status"] == response.status_code
    return body


def test_a_problem_document_has_every_member() -> None:
    context.begin_request("request-1")
    field = errors.FieldError("/name", "required", "Give a name.")
    body = parsed(problems.respond(errors.Invalid("The name is missing.", fields=(field,))))
    context.begin_request(context.NO_REQUEST)

    assert body == {
        "type": "urn:novapulse:problem:invalid",
        "title": "The request is not valid.",
        "status": 400,
        "detail": "The name is missing.",
        "instance": "urn:request:request-1",
        "code": "invalid",
        "request_id": "request-1",
        "errors": [{"pointer": "/name", "code": "required", "detail": "Give a name."}],
    }


@pytest.mark.parametrize(
    ("family", "status"),
    [
        (errors.Invalid, 400),
        (errors.Unauthenticated, 401),
        (errors.Denied, 403),
        (errors.NotFound, 404),
        (errors.Conflict, 409),
        (errors.TooMany, 429),
        (errors.Unavailable, 503),
        (errors.TimedOut, 504),
        (problems.ServerFault, 500),
    ],
)
def test_each_family_has_its_status(family: type[errors.Trouble], status: int) -> None:
    assert parsed(problems.respond(family()))["status"] == status


def test_further_members_stand_beside_the_others() -> None:
    assert parsed(problems.respond(errors.TimedOut()))["outcome"] == "unknown"


def test_a_timeout_names_what_was_being_done_where_the_answer_is_given() -> None:
    assert parsed(problems.respond(AutoReconnect("lost")))["phase"] == "database"
    assert parsed(problems.respond(AutoReconnect("lost"), phase="gate"))["phase"] == "gate"


@pytest.mark.parametrize(
    ("trouble", "name", "value"),
    [
        (errors.Unauthenticated(), "WWW-Authenticate", "Bearer"),
        (errors.InvalidToken(), "WWW-Authenticate", 'Bearer error="invalid_token"'),
        (refusals.MethodNotAllowed(allowed=("GET", "HEAD")), "Allow", "GET, HEAD"),
        (refusals.IdempotencyKeyInFlight(), "Retry-After", "1"),
        (errors.TooMany(retry_after_seconds=9), "Retry-After", "9"),
        (errors.Unavailable(), "Retry-After", "2"),
    ],
)
def test_a_problem_brings_the_headers_that_its_status_wants(trouble: errors.Trouble, name: str, value: str) -> None:
    assert problems.respond(trouble).headers[name] == value


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (exceptions.NotAuthenticated(), "unauthenticated"),
        (InvalidToken("kid 7 of signing key is gone"), "unauthenticated"),
        (exceptions.PermissionDenied(), "denied"),
        (exceptions.NotFound(), "not-found"),
        (exceptions.UnsupportedMediaType("text/plain"), "unsupported-media-type"),
        (exceptions.Throttled(), "too-many-requests"),
        (exceptions.ParseError("/srv/app/secret.py"), "invalid"),
        (RequestDataTooBig(), "body-too-large"),
        (TooManyFieldsSent("settings.SECRET secret"), "invalid"),
        (UnreadablePostError("connection reset by 10.0.0.7"), "malformed-body"),
        (ServerSelectionTimeoutError("10.0.0.7:27017: refused"), "unavailable"),
        (AutoReconnect("10.0.0.7:27017: closed"), "timed-out"),
    ],
)
def test_an_exception_of_a_library_is_put_into_our_words(error: Exception, code: str) -> None:
    response = problems.respond(error)

    assert parsed(response)["code"] == code
    for inside in (b"10.0.0.7", b"secret", b"kid 7", b"text/plain"):
        assert inside not in response.content


@pytest.mark.parametrize("error", [DuplicateKeyError("twice"), OperationError("odd"), exceptions.APIException()])
def test_a_mistake_of_ours_is_raised_again(error: Exception) -> None:
    assert isinstance(error, problems.EXPECTED)
    with pytest.raises(type(error)):
        problems.respond(error)


def test_what_nobody_expects_is_not_caught() -> None:
    assert not isinstance(ValidationError("odd"), problems.EXPECTED)
    assert not isinstance(KeyError("odd"), problems.EXPECTED)


def test_djangos_own_refusals_are_problem_documents() -> None:
    assert parsed(problems.bad_request(REQUEST, SuspiciousOperation("odd")))["status"] == 400
    assert parsed(problems.bad_request(REQUEST, RequestDataTooBig()))["status"] == 413
    assert parsed(problems.permission_denied(REQUEST, PermissionDenied()))["status"] == 403
    assert parsed(problems.csrf_failure(REQUEST, "No cookie."))["status"] == 403
    assert parsed(problems.not_found(REQUEST, ValueError()))["status"] == 404
    assert parsed(problems.server_error(REQUEST))["code"] == "internal"
