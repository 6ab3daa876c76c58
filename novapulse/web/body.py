"""Request bodies: JSON read strictly (RFC 8259, I-JSON RFC 7493), so that what we check is what we store.

Refused, each with a sentence of its own: no JSON media type, a content coding, no length, over the limit, bytes that
are not UTF-8, NaN and Infinity, lone surrogates, nesting beyond `MAX_DEPTH`, integers beyond 64 bits, a name twice in
one object.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
from django.http.request import UnreadablePostError

from novapulse.web.refusals import BodyTooLarge, LengthRequired, MalformedBody, UnsupportedMediaType

if TYPE_CHECKING:
    from django.http import HttpRequest

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
_MAX_DIGITS = 19  # of a 64-bit integer
_MOST_DRAINED_BEYOND_BYTES = 8 * MAX_BYTES
_CHUNK_BYTES = 64 * 1024
_SHOWN_CHARACTERS = 100

_JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})


def read_json(request: HttpRequest, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read the body as one JSON object."""
    length = checked_length(request, max_bytes=max_bytes)
    _check_json(request)
    try:
        raw = request.body
    except UnreadablePostError as error:
        raise cut_short() from error
    if len(raw) != length:
        raise cut_short()
    return _object(_parse(raw))


def checked_length(request: HttpRequest, *, max_bytes: int) -> int:
    """Give the length of a body that is there; raise LengthRequired, BodyTooLarge, MalformedBody."""
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired
    length = _whole(request.META.get("CONTENT_LENGTH") or "0")
    if length > max_bytes:
        _drain(request, length=length, max_bytes=max_bytes)
        raise BodyTooLarge(f"The body is larger than {max_bytes} bytes.")
    if length == 0:
        raise MalformedBody("The body is empty.")
    return length


def _check_json(request: HttpRequest) -> None:
    if request.content_type not in _JSON_TYPES:
        raise UnsupportedMediaType
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise UnsupportedMediaType
    if (request.content_params or {}).get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType


def _drain(request: HttpRequest, *, length: int, max_bytes: int) -> None:
    """Read a body that is a little too large to its end: who still sends would hear a broken pipe, not our answer."""
    left = length if length <= max_bytes + _MOST_DRAINED_BEYOND_BYTES else 0
    while left > 0:
        read = len(request.read(min(left, _CHUNK_BYTES)))
        left = left - read if read else 0


def _whole(length: str) -> int:
    if not (length.isascii() and length.isdigit()) or len(length) > _MAX_DIGITS:
        raise MalformedBody("The Content-Length is not a number.")
    return int(length)


def cut_short() -> MalformedBody:
    """Say that the body has ended before its time."""
    return MalformedBody("The body is not as long as its Content-Length says.")


def _parse(raw: bytes) -> Any:  # noqa: ANN401  JSON may hold anything
    """Let orjson refuse what is not strict JSON, then read again with the hooks that it lacks."""
    try:
        orjson.loads(raw)
        text = raw.decode()
        return json.loads(text, object_pairs_hook=_unique_names, parse_int=_int64)
    except (orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(f"The body is not JSON: {_reason(error)}.") from error
    except RecursionError as error:
        raise MalformedBody("The body is nested too deeply.") from error


def _reason(error: Exception) -> str:
    if isinstance(error, orjson.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    return "it is not UTF-8"


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    raise MalformedBody(f"The name {twice[:_SHOWN_CHARACTERS]!r} stands more than once in one object.")


def _int64(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_DIGITS or not -(2**63) <= int(digits) < 2**63:
        raise MalformedBody("A number is too large; integers are up to 64 bits.")
    return int(digits)


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401  JSON may hold anything
    if not isinstance(value, dict):
        raise MalformedBody("The body is not a JSON object.")
    if _too_deep(value):
        raise MalformedBody(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return value


def _too_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
