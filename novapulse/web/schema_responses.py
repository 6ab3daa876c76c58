"""The responses of an operation: its success, and the problem documents that can really happen to it."""

from __future__ import annotations

import inspect
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.plumbing import ResolvedComponent

from novapulse import errors
from novapulse.resilience.account import Outcome
from novapulse.web import pagination, problems, ratelimit, refusals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_spectacular.openapi import AutoSchema

    from novapulse.web.view import Operation

_TEXT = {"type": "string"}
_SECONDS = {"type": "string", "pattern": "^[0-9]+$"}

_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": "Names this request: the one that you sent, where it was well formed, else one of ours.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,128}$"},
    },
    "ETag": {"description": "The version of the resource, for If-Match and If-None-Match.", "schema": _TEXT},
    "Location": {"description": "Where the new resource is.", "schema": _TEXT},
    "Link": {"description": 'The next page, as `<...>; rel="next"` (RFC 8288).', "schema": _TEXT},
    "Idempotency-Replayed": {
        "description": "There when this is the first answer again.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    ratelimit.POLICY_HEADER: {
        "description": f"What your company may do ({ratelimit.DRAFT}): `q` units in `w` seconds.",
        "schema": _TEXT,
    },
    ratelimit.USAGE_HEADER: {
        "description": f"What is left of it ({ratelimit.DRAFT}): `r` units, and all of them in `t` seconds.",
        "schema": _TEXT,
    },
    "Retry-After": {"description": "Seconds to wait before you try again.", "schema": _SECONDS},
    "WWW-Authenticate": {"description": "The scheme that is wanted (RFC 6750).", "schema": _TEXT},
}

_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457). Some problems carry further members, which their description names.",
    "properties": {
        "type": {"type": "string", "description": "A URN that ends with `code`."},
        "title": {"type": "string", "description": "The kind of problem, in words that do not change."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened in this case."},
        "instance": {"type": "string", "description": "A URN that ends with `request_id`."},
        "code": {"type": "string", "description": "The kind of problem, in one word for programs."},
        "request_id": {"type": "string", "description": "What to tell us when you ask."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemField"}},
        "deadline_ms": {"type": "integer", "description": "`timed-out`: how much time the request had."},
        "elapsed_ms": {"type": "integer", "description": "`timed-out`: how much had gone by then."},
        "phase": {
            "type": "string",
            "description": "`timed-out`: what was being done or waited for: `gate`, `database`, `queue`, `python`.",
        },
        "outcome": {
            "type": "string",
            "enum": [outcome.value for outcome in Outcome],
            "description": "`timed-out`: what became of the changes. After `none` and `rolled_back` a retry is safe.",
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
}
_PROBLEM_FIELD = {
    "type": "object",
    "description": "What is wrong with one field.",
    "properties": {
        "pointer": {
            "type": "string",
            "description": "A JSON pointer into the body (RFC 6901), `?name` of a parameter, or the name of a header.",
        },
        "code": {"type": "string", "description": "What is wrong, in one word for programs."},
        "detail": {"type": "string", "description": "What is wrong, in a sentence."},
    },
    "required": ["pointer", "code", "detail"],
}

_OF_BODIES = (refusals.MalformedBody, refusals.LengthRequired, refusals.BodyTooLarge, refusals.UnsupportedMediaType)
_OF_CONDITIONS = (refusals.PreconditionRequired, refusals.PreconditionFailed)
_OF_KEYS = (refusals.IdempotencyKeyInFlight, refusals.IdempotencyKeyReused)
_OF_STORES = (errors.Unavailable, errors.TimedOut)
_OF_LIMITS = (ratelimit.POLICY_HEADER, ratelimit.USAGE_HEADER)


def of(schema: AutoSchema, operation: Operation) -> dict[str, Any]:
    """Give the responses object (OpenAPI 3.1.0, 4.8.16)."""
    found = {str(status): _answer(schema, operation, status=status) for status in (operation.status, *operation.also)}
    if schema.method == "GET" and is_versioned(operation):
        found["304"] = {
            "description": "What you hold is still right.",
            "headers": _headers(schema, "X-Request-ID", "ETag", *_limits_of(operation)),
        }
    by_status: dict[int, list[type[errors.Trouble]]] = defaultdict(list)
    for trouble in dict.fromkeys(_troubles(schema, operation)):
        by_status[problems.status_of_kind(trouble)].append(trouble)
    limits = _limits_of(operation)
    for status in sorted(by_status):
        described = () if status == HTTPStatus.UNAUTHORIZED else limits  # nobody is known, so nothing is told
        found[str(status)] = _problem(schema, status, by_status[status], headers=described)
    return found


def is_versioned(operation: Operation) -> bool:
    """Tell whether the answer has a version that is its ETag."""
    return operation.versioned and operation.answer is not None and "version" in operation.answer().fields


def is_idempotent(method: str, operation: Operation) -> bool:
    """Tell whether an Idempotency-Key is read."""
    return method == "POST" and operation.permission is not None and not operation.issues_credential


def _limits_of(operation: Operation) -> tuple[str, ...]:
    return () if operation.permission is None else _OF_LIMITS


def _answer(schema: AutoSchema, operation: Operation, *, status: int) -> dict[str, Any]:
    names = ["X-Request-ID", *_limits_of(operation)]
    if is_versioned(operation):
        names.append("ETag")
    names.extend(["Location"] if operation.located else [])
    names.extend(["Idempotency-Replayed"] if is_idempotent(schema.method, operation) else [])
    response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if operation.answer is not None:
        answer = operation.answer()
        names.extend(["Link"] if "next_cursor" in answer.fields else [])
        component = schema.resolve_serializer(answer, "response")
        response["content"] = {operation.media_type: {"schema": component.ref}}
    elif operation.media_type.startswith("text/"):
        response["content"] = {operation.media_type: {"schema": _TEXT}}
    return response | {"headers": _headers(schema, *names)}


def _troubles(schema: AutoSchema, operation: Operation) -> Iterator[type[errors.Trouble]]:
    yield errors.Invalid
    if operation.body is not None:
        yield from _OF_BODIES
    if operation.query is not None and "cursor" in operation.query().fields:
        yield pagination.BadCursor
    if operation.permission is not None:
        yield from (errors.Unauthenticated, errors.Denied)
        yield from import_string(settings.PROBLEMS_OF_THE_GATE)(operation.permission)
    if "{" in schema.path:
        yield errors.NotFound
    if operation.conditional:
        yield from _OF_CONDITIONS
    if is_idempotent(schema.method, operation):
        yield from _OF_KEYS
    yield from operation.problems
    if operation.needs_stores:
        yield from _OF_STORES


def _problem(
    schema: AutoSchema, status: int, troubles: list[type[errors.Trouble]], *, headers: tuple[str, ...]
) -> dict[str, str]:
    """Register the response that names these troubles, and refer to it."""
    _register(schema, "schemas", "ProblemField", _PROBLEM_FIELD)
    _register(schema, "schemas", "Problem", _PROBLEM)
    names = ["X-Request-ID", *headers]
    if status == HTTPStatus.UNAUTHORIZED:
        names.append("WWW-Authenticate")
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        names.append("Retry-After")
    name = "-".join([str(status), *(trouble.code for trouble in troubles), *(["limits"] if headers else [])])
    response = {
        "description": "\n".join(f"- `{trouble.code}`: {_sentence(trouble)}" for trouble in troubles),
        "headers": _headers(schema, *names),
        "content": {problems.PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return _register(schema, "responses", name, response)


def _sentence(trouble: type[errors.Trouble]) -> str:
    return inspect.cleandoc(trouble.__doc__ or "").partition("\n")[0]


def _headers(schema: AutoSchema, *names: str) -> dict[str, dict[str, str]]:
    return {name: _register(schema, "headers", name, _HEADERS[name]) for name in names}


def _register(schema: AutoSchema, kind: str, name: str, described: dict[str, Any]) -> dict[str, str]:
    component = ResolvedComponent(name=name, type=kind, schema=described, object=name)
    schema.registry.register_on_missing(component)
    return component.ref
