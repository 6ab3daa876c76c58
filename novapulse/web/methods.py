"""Methods of HTTP as they are told of: anybody can make up others, and could write whatever they like into our logs."""

from __future__ import annotations

from typing import Final

_KNOWN: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"})
OTHER: Final = "_OTHER"  # by OpenTelemetry's semantic conventions


def told(method: str | None) -> str:
    """Give the method where it is a known one, and one word for all others."""
    return method if method in _KNOWN else OTHER
