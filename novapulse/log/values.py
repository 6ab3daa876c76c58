"""What a value looks like in a line: plain, short, without anything that speaks of a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import islice
from pathlib import PurePath
from typing import Final
from uuid import UUID

from bson import ObjectId

_SECRET_WORDS: Final = (
    "password",
    "token",
    "secret",
    "authorization",
    "cookie",
    "otp",
    "api_key",
    "master_key",
    "private_key",
)
_REDACTED: Final = "[redacted]"
_TOO_DEEP: Final = "[too deep]"

_LONGEST_TEXT: Final = 2_000
_MOST_ITEMS: Final = 100
_DEEPEST: Final = 5  # also what ends a value that contains itself
_LARGEST_NUMBER: Final = 2**63

_TOLD_AS_TEXT: Final = (ObjectId, UUID, Decimal, PurePath, date)


def plain(value: object, *, depth: int = 0) -> object:
    """Copy a value into what JSON knows; an object of a class that is not known here becomes the name of its class.

    Binary data becomes its length, an exception its class: what either holds may be anything.
    """
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, str):
        return _short(value.value if isinstance(value, Enum) else value)
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGEST_NUMBER else "[large number]"
    return _structure(value, depth=depth)


def _structure(value: object, *, depth: int) -> object:
    if isinstance(value, Enum):
        return plain(value.value, depth=depth)
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return _named(value)
    if depth == _DEEPEST:
        return _TOO_DEEP
    if isinstance(value, Mapping):
        return {_short(str(name)): _told(str(name), value[name], depth + 1) for name in islice(value, _MOST_ITEMS)}
    return _list(value, depth=depth + 1)


def _named(value: object) -> str:
    if isinstance(value, _TOLD_AS_TEXT):
        return _short(str(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if isinstance(value, BaseException):
        return type(value).__qualname__
    return f"[{type(value).__qualname__}]"


def _list(values: Iterable[object], *, depth: int) -> list[object]:
    return [plain(each, depth=depth) for each in islice(values, _MOST_ITEMS)]


def _told(name: str, value: object, depth: int) -> object:
    return _REDACTED if speaks_of_a_secret(name) else plain(value, depth=depth)


def speaks_of_a_secret(name: str) -> bool:
    """Tell whether the name of a field says that its value is nobody's business."""
    words = name.lower().replace("-", "_")
    return any(word in words for word in _SECRET_WORDS)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
