"""Records of libraries that log prose: what of them goes into a line, logger by logger.

A library's message may hold anything: Django's names paths, PyMongo's whole commands, urllib3's hosts and queries. Only
what is written in its source is let through: the template in front of its arguments, or a message that stands there as
it is. `where` names the place for whoever wants to read on.
"""

from __future__ import annotations

import linecache
import logging
from pathlib import Path
from typing import Any, Final

PROSE: Final = "library.message"
_EVENTS: Final = {
    "django.request": "http.unhandled_error",  # with the traceback of what no view has caught
    "django.security": "http.suspicious_request",
    "py.warnings": "python.warning",
}
_LINES_OF_A_CALL: Final = 5


class SaidOnce(logging.Filter):
    """Holds back what repeats our own events: Django's record on each answer of 5xx, which has no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let through what has a traceback."""
        return bool(record.exc_info)


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """Give the event and its fields."""
    found: dict[str, Any] = {"event": _event(record.name), "where": _where(record)}
    template = _template(record)
    if template is not None:
        found["template"] = template
    return found


def _event(logger: str) -> str:
    return next((name for prefix, name in _EVENTS.items() if logger.startswith(prefix)), PROSE)


def _where(record: logging.LogRecord) -> str:
    path = Path(record.pathname)
    return f"{path.parent.name}/{path.name}:{record.lineno}"


def _template(record: logging.LogRecord) -> str | None:
    message = record.msg
    if not isinstance(message, str):
        return None
    if record.args:
        return message
    source = linecache.getlines(record.pathname)[record.lineno - 1 : record.lineno - 1 + _LINES_OF_A_CALL]
    return message if message and message in "".join(source) else None
