"""Cursors and pages: `{"data": [...], "next_cursor": ...}` with `Link: <...>; rel="next"` (RFC 8288).

A cursor is signed (django.core.signing) and bound to the company, the path and every parameter but `cursor` and
`limit`, so that one from elsewhere, or one that was altered, is refused instead of leading somewhere surprising.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bson import ObjectId
from bson.errors import BSONError
from django.core.signing import BadSignature, Signer
from django.utils.encoding import escape_uri_path

from novapulse.data.keyset import Position
from novapulse.errors import FieldError, Invalid
from novapulse.tenancy import scope
from novapulse.web import fields, rendering
from novapulse.web.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest, HttpResponse

DEFAULT_LIMIT = 25
MAX_LIMIT = 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_UNBOUND = frozenset({"cursor", "limit"})

# JSON holds neither times nor ids, so a cursor says which of them its value is.
_READ: dict[str, Callable[[Any], Any]] = {
    "time": lambda milliseconds: _EPOCH + milliseconds * _MILLISECOND,
    "id": ObjectId,
    "plain": lambda value: value,
}


class PageQuery(Contract):
    """Which page of a list."""

    limit = fields.WholeText(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    cursor = fields.Text(required=False)


class StalePageQuery(PageQuery):
    """Which page of a list that may be read where it is a little behind, when its reader says so."""

    max_staleness_seconds = fields.WholeText(
        min_value=0,
        default=0,
        help_text="How many seconds behind the rows may be. From 90 on replicas may answer, and what you have just "
        "written may be missing; by default it never is.",
    )


class BadCursor(Invalid):
    """The cursor does not belong to this list; start again without it."""

    code = "bad-cursor"

    def __init__(self) -> None:
        """Point at the parameter."""
        super().__init__(fields=(FieldError("?cursor", self.code, "It was altered, or comes from another list."),))


def read_cursor(request: HttpRequest) -> Position | None:
    """Read where to go on, None without a cursor; raise BadCursor."""
    text = request.GET.get("cursor")
    if text is None:
        return None
    try:
        kind, value, last_id = _signer(request).unsign_object(text)
        return Position(_READ[kind](value), ObjectId(last_id))
    except (BadSignature, BSONError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise BadCursor from error  # not ours, or of a version of ours that wrote another kind


def write_cursor(request: HttpRequest, position: Position | None) -> str | None:
    """Write where to go on."""
    if position is None:
        return None
    kind, value = _written(position.value)
    return _signer(request).sign_object([kind, value, str(position.id)])


def answer(request: HttpRequest, rows: Iterable[Any], *, position: Position | None) -> HttpResponse:
    """Answer a page of rows that are ready to be rendered."""
    cursor = write_cursor(request, position)
    headers = {}
    if cursor is not None:
        query = urlencode({**request.GET.dict(), "cursor": cursor})
        headers["Link"] = f'<{escape_uri_path(request.path)}?{query}>; rel="next"'
    return rendering.answer({"data": list(rows), "next_cursor": cursor}, headers=headers)


def _written(value: object) -> tuple[str, object]:
    if isinstance(value, datetime):
        return "time", (value - _EPOCH) // _MILLISECOND
    if isinstance(value, ObjectId):
        return "id", str(value)
    return "plain", value


def _signer(request: HttpRequest) -> Signer:
    bound = sorted((name, value) for name, value in request.GET.items() if name not in _UNBOUND)
    return Signer(salt=f"cursor:{scope.current().company_id}:{request.path}:{urlencode(bound)}", sep=".")
