"""JSON answers: ids as 24 hex digits, times as RFC 3339 UTC with milliseconds."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from bson import ObjectId
from django.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JSON = "application/json"
_RFC3339 = "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ"
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def encode(value: object) -> bytes:
    """Encode an answer."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def instant(moment: datetime) -> str:
    """Write a time, which must be UTC, as `2026-01-31T12:00:00.000Z`."""
    # By hand: isoformat asks the time zone, which PyMongo has written in Python, and takes twice as long.
    return _RFC3339 % (
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond // 1000,
    )


_PLAIN: Mapping[type, Callable[[Any], str]] = {ObjectId: str, datetime: instant}


def _plain(value: object) -> str:
    try:
        return _PLAIN[type(value)](value)
    except KeyError:
        raise TypeError(f"{type(value).__name__} has no place in an answer") from None


def answer(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> HttpResponse:
    """Answer with JSON."""
    return HttpResponse(encode(value), status=status, content_type=media_type, headers=headers)


def nothing() -> HttpResponse:
    """Answer 204."""
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    return response


def framed(response: HttpResponse) -> HttpResponse:
    """Say how long the body is; where there can be none, say nothing about it (RFC 9110, 8.6 and 15.4.5).

    The kind of a 304 would take the place of the kind that the client has stored. A streamed body tells its length
    itself, where that is known.
    """
    if response.streaming:
        return response
    if response.status_code in _WITHOUT_BODY:
        del response.headers["Content-Type"]
    else:
        response.headers["Content-Length"] = str(len(response.content))
    return response
