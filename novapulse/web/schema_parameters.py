"""The parameters of an operation: ids of its path, its query, and the headers that the base view reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rest_framework.fields import empty

from novapulse.web import fields, schema_responses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_spectacular.openapi import AutoSchema
    from rest_framework.serializers import Field

    from novapulse.web.view import Operation

_ID = {"type": "string", "pattern": "^[0-9a-f]{24}$", "examples": ["697dfe8c2f4b1a0c5d3e9f71"]}
_VARIABLE = re.compile(r"\{(\w+)\}")

# What these words mean in every list.
_CONVENTIONS = {
    "limit": "How many rows a page has at most.",
    "cursor": "`next_cursor` of the page before; the other parameters must stay the same.",
    "sort": "By what to sort; a leading `-` turns the order round. Rows without a value come last.",
    "fields": "Only these members of each row, joined by commas.",
}
_SUFFIXES = {"_after": "At or after this moment.", "_before": "Before this moment."}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag that you have read; 428 without it, 412 when the resource has changed since.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$', "examples": ['"1"']},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that you hold; 304 without a body while it is still the one.",
    "schema": {"type": "string", "examples": ['"1"']},
}
_REQUEST_TIMEOUT = {
    "name": "X-Request-Timeout-Ms",
    "in": "header",
    "required": False,
    "description": "How many milliseconds you will wait. It can only shorten the time that a request has; then 504.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999, "examples": [5000]},
}
_KEY = "[A-Za-z0-9._:-]{1,128}"
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A key of your making, unique to this request: sent again with the same key it has one effect.",
    "schema": {"type": "string", "pattern": f'^({_KEY}|"{_KEY}")$', "examples": ["7f3c0d3e-import-17"]},
}


def of(schema: AutoSchema, operation: Operation) -> list[dict[str, Any]]:
    """Give the parameter objects (OpenAPI 3.1.0, 4.8.12)."""
    return [*_in_path(schema.path), *_in_query(schema, operation), *_in_headers(schema.method, operation)]


def _in_path(path: str) -> Iterator[dict[str, Any]]:
    for name in _VARIABLE.findall(path):
        thing = name.removesuffix("_id").replace("_", " ")
        yield {"name": name, "in": "path", "required": True, "description": f"Id of the {thing}.", "schema": _ID}


def _in_query(schema: AutoSchema, operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.query is None:
        return
    for name, field in operation.query().fields.items():
        described = schema._map_serializer_field(field, "request")  # noqa: SLF001  the door that drf-spectacular offers
        schema._insert_field_validators(field, described)  # noqa: SLF001  as above
        described.pop("description", None)
        parameter = {
            "name": name,
            "in": "query",
            "required": field.required and field.default is empty,
            "description": _meaning(name, field),
            "schema": described,
        }
        yield parameter | ({"style": "form", "explode": False} if described.get("type") == "array" else {})


def _meaning(name: str, field: Field[Any, Any, Any, Any]) -> str:
    if field.help_text:
        return str(field.help_text)
    if name in _CONVENTIONS:
        return _CONVENTIONS[name]
    for suffix, meaning in _SUFFIXES.items():
        if name.endswith(suffix):
            return meaning
    if isinstance(field, fields.CommaList):
        return f"Filter by `{name}`: one value, or several joined by commas, any of which may fit."
    return f"Filter by `{name}`."


def _in_headers(method: str, operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.conditional:
        yield _IF_MATCH
    if method == "GET" and schema_responses.is_versioned(operation):
        yield _IF_NONE_MATCH
    if schema_responses.is_idempotent(method, operation):
        yield _IDEMPOTENCY_KEY
    if operation.needs_stores:
        yield _REQUEST_TIMEOUT
