"""Problem documents (RFC 9457): the renderer of every error, and the one place that knows the status of each trouble.

No stack, host, path or version ever stands in one; what an operator needs is in the log under the same request id.
"""
# ruff: noqa: ARG001  Django calls its error handlers with all that it knows

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError
from django.db import OperationalError as SqlOperationalError
from django.http import HttpResponse
from django.http.request import UnreadablePostError
from mongoengine.errors import OperationError
from pymongo.errors import PyMongoError
from rest_framework.exceptions import APIException

from novapulse import context, errors, log
from novapulse.data import mongo
from novapulse.web import overdue, postgres, refusals, rendering

if TYPE_CHECKING:
    from django.http import HttpRequest

PROBLEM_JSON = "application/problem+json"

_logger = logging.getLogger("novapulse.web")

_STATUS: tuple[tuple[type[errors.Trouble], int], ...] = (
    (errors.Invalid, 400),
    (errors.Unauthenticated, 401),
    (errors.Denied, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
    (errors.TimedOut, 504),
)

_OF_API_STATUS: dict[int, type[errors.Trouble]] = {
    HTTPStatus.UNAUTHORIZED: errors.Unauthenticated,
    HTTPStatus.FORBIDDEN: errors.Denied,
    HTTPStatus.NOT_FOUND: errors.NotFound,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: refusals.UnsupportedMediaType,
    HTTPStatus.TOO_MANY_REQUESTS: errors.TooMany,
}

# What a view may meet and a client may hear of; anything else is a fault of ours and goes to `server_error`.
EXPECTED = (
    *(errors.Trouble, APIException, SuspiciousOperation, UnreadablePostError),
    *(PyMongoError, OperationError, SqlOperationalError, InterfaceError),
)


def status_of(trouble: errors.Trouble) -> int:
    """Give the HTTP status of a trouble."""
    return status_of_kind(type(trouble))


def status_of_kind(kind: type[errors.Trouble]) -> int:
    """Give the HTTP status of a kind of trouble: its own (`refusals`), else its family's."""
    own = getattr(kind, "status", None)
    if own is not None:
        return int(own)
    return next((status for family, status in _STATUS if issubclass(kind, family)), 500)


def document(trouble: errors.Trouble) -> dict[str, Any]:
    """Give the members of the problem document."""
    status, request_id = status_of(trouble), context.request_id()
    own = overdue.members(trouble) if isinstance(trouble, errors.TimedOut) else trouble.extensions
    return {
        "type": f"urn:novapulse:problem:{trouble.code}",
        "title": errors.sentence(type(trouble)),
        "status": status,
        "detail": trouble.detail,
        "instance": f"urn:request:{request_id}",
        "code": trouble.code,
        "request_id": request_id,
        "errors": [{"pointer": field.pointer, "code": field.code, "detail": field.detail} for field in trouble.fields],
        **own,
    }


def respond(error: BaseException, *, phase: str = "") -> HttpResponse:
    """Answer any of the `EXPECTED`; one that turns out to be a mistake of ours is raised again.

    phase: what was being done, where a timeout should name that and not what it waited for.
    """
    trouble = overdue.truthful(trouble_of(error))
    if phase and isinstance(trouble, errors.TimedOut):
        trouble.phase = phase
    trail = context.trail()
    if trail is not None:
        trail.problem = trouble.code
    body = document(trouble)
    response = HttpResponse(rendering.encode(body), status=body["status"], content_type=PROBLEM_JSON)
    response.headers["Cache-Control"] = "no-store"
    for name, value in _headers(trouble).items():
        response.headers[name] = value
    return rendering.framed(response)


def trouble_of(error: BaseException) -> errors.Trouble:
    """Put an exception of our libraries into our own words."""
    if isinstance(error, errors.Trouble):
        return error
    if isinstance(error, APIException):
        return _of_api_exception(error)
    if isinstance(error, RequestDataTooBig):
        return refusals.BodyTooLarge()
    if isinstance(error, SuspiciousOperation):  # such as a query of a thousand parameters
        return errors.Invalid()
    if isinstance(error, UnreadablePostError):
        return refusals.MalformedBody("The connection was lost before the body had come.")
    trouble = mongo.trouble_of(error) or postgres.trouble_of(error)
    if trouble is None:
        raise error
    log.event(_logger, "store_failed", level=logging.WARNING, code=trouble.code, error=type(error).__name__)
    return trouble


def _of_api_exception(error: APIException) -> errors.Trouble:
    """Translate what DRF and simplejwt raise; their own sentences may tell of our insides and stay out."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error
    return _OF_API_STATUS.get(error.status_code, errors.Invalid)()


def _headers(trouble: errors.Trouble) -> dict[str, str]:
    if isinstance(trouble, errors.InvalidToken):  # the error is named only where a token was sent (RFC 6750, 3.1)
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    if isinstance(trouble, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(trouble, refusals.MethodNotAllowed):
        return {"Allow": ", ".join(trouble.allowed)}
    if isinstance(trouble, refusals.IdempotencyKeyInFlight):
        return {"Retry-After": "1"}
    if isinstance(trouble, errors.TooMany | errors.Unavailable):
        return {"Retry-After": str(trouble.retry_after_seconds)}
    return {}


class ServerFault(errors.Trouble):
    """Something went wrong on our side; the request id lets us find it."""

    code = "internal"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses: a wrong host, a malformed header (handler400)."""
    return respond(exception if isinstance(exception, SuspiciousOperation) else errors.Invalid())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer Django's PermissionDenied (handler403)."""
    return respond(errors.Denied())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a failed CSRF check (CSRF_FAILURE_VIEW)."""
    return respond(errors.Denied("The CSRF check failed."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a path that no route matches (handler404)."""
    return respond(errors.NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer whatever else was raised (handler500), a store that is away by its own problem; Django logs it."""
    error = sys.exception()
    if isinstance(error, EXPECTED):
        with suppress(*EXPECTED):  # raised again: a mistake of ours
            return respond(error)
    return respond(ServerFault())
