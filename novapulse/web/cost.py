"""What a request costs its company, by the class of its route: declared beside the views, known before they run."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.http import HttpRequest

_BYTES_PER_UNIT: Final = 8 * 1024  # of a batch: about twenty small operations, as much work as a write
_UPLOADED_BYTES_PER_UNIT: Final = 256 * 1024  # of a file: the request only keeps it; the largest costs 200 units


class Cost(StrEnum):
    """The class of a route."""

    READ = "read"
    WRITE = "write"
    SEARCH = "search"
    LIST = "list"  # a read, a search where `q` is given
    BATCH = "batch"  # by the size of its body
    UPLOAD = "upload"  # by the size of its body, which is a file
    EXPORT = "export"  # reads all there is, or sends it


_UNITS: Final = {Cost.READ: 1, Cost.WRITE: 2, Cost.SEARCH: 5, Cost.EXPORT: 20}


def units(cost: Cost, request: HttpRequest) -> int:
    """Tell how many units of the quota this request takes; batches and files pay by their size as well."""
    if cost is Cost.LIST:
        return _UNITS[Cost.SEARCH if "q" in request.GET else Cost.READ]
    if cost is Cost.BATCH:
        return _UNITS[Cost.WRITE] + _content_length(request) // _BYTES_PER_UNIT
    if cost is Cost.UPLOAD:
        return _UNITS[Cost.WRITE] + _content_length(request) // _UPLOADED_BYTES_PER_UNIT
    return _UNITS[cost]


def _content_length(request: HttpRequest) -> int:
    text = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else 0
