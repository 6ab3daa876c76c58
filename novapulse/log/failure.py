"""What a line tells of an exception: classes, files, lines and code, never a message or a local variable.

The message of an exception often quotes what a client has sent, such as the value of a key that is there twice.
"""

from __future__ import annotations

import traceback
from typing import Final

_MOST_FRAMES: Final = 60
_MOST_CAUSES: Final = 5
_BETWEEN: Final = "which led to:\n"


def told(error: BaseException) -> str:
    """Give the tracebacks of an exception and of what caused it, first cause first, as Python prints them."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < _MOST_CAUSES:
        parts.append(_one(seen))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return _BETWEEN.join(reversed(parts))


def kind(error: BaseException) -> str:
    """Give the dotted name of an error's class."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _one(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    lines = traceback.format_list(frames)
    return "".join(("Traceback (most recent call last):\n", *lines, kind(error), "\n"))
