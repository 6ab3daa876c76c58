"""Structured logging: one JSON object per line, constant event names, values as fields, never a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from novapulse import context

_SECRET_WORDS = (
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
_REDACTED = "[redacted]"


def event(logger: logging.Logger, name: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log the event `name`, an identifier that never changes, with its fields."""
    logger.log(level, name, extra={"fields": redacted(fields)})


def redacted(fields: Mapping[str, object]) -> dict[str, object]:
    """Give the fields with the value of each whose name speaks of a secret taken out, however deep it lies."""
    return {str(name): _REDACTED if _is_secret(str(name)) else _within(value) for name, value in fields.items()}


def _within(value: object) -> object:
    if isinstance(value, Mapping):
        return redacted(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_within(each) for each in value]
    return value


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("-", "_")
    return any(word in plain for word in _SECRET_WORDS)


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON: time, level, logger, event, request id, the event's fields, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line: ASCII, so that it is one line and JSON whatever the encoding of the stream."""
        line: dict[str, Any] = {
            **getattr(record, "fields", {}),  # first, so that no field can pass itself off as one of ours
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            "request_id": context.request_id(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
