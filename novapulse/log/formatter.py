"""One record as one line of JSON."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from novapulse import context
from novapulse.log import aws_lambda, failure, foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_LINE: Final = 256_000  # CloudWatch takes no event above 256 KiB

_LINE: Final = "_line"
_LONGEST_TRACEBACK: Final = 20_000
_LONGEST_OF_A_CUT_LINE: Final = 4_000  # of one field, where all together were too much; there are about thirty


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON: when, what, which process, which request, whose, the event's fields.

    A record is formatted once, whoever else writes it: the line stays on the record. It never raises.
    """

    def __init__(self, constant: Mapping[str, str] | None = None) -> None:
        """Take what is the same in every line of this process: service, version, environment, region."""
        super().__init__()
        self._constant = {name: value for name, value in (constant or {}).items() if value}

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without its end."""
        line: str | None = record.__dict__.get(_LINE)
        if line is None:
            line = record.__dict__[_LINE] = _encoded(described(record, constant=self._constant))
        return line


def described(record: logging.LogRecord, *, constant: Mapping[str, str]) -> dict[str, Any]:
    """Give what a line tells of a record; the fields come last, and the catalogue lets none take a name of ours."""
    told: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": record.msg,
        "logger": record.name,
        **constant,
        **_whose(),
        **aws_lambda.fields(),
    }
    fields = record.__dict__.get("fields")
    told.update(foreign.fields(record) if fields is None else fields)
    if record.exc_info and record.exc_info[1] is not None:
        told["error"] = failure.kind(record.exc_info[1])
        told["traceback"] = failure.told(record.exc_info[1])[-_LONGEST_TRACEBACK:]
    return told


def _whose() -> dict[str, str]:
    known = context.trail()
    if known is None:
        return {"request_id": context.NO_REQUEST}
    whose = {"request_id": known.request_id}
    if known.trace_id:  # a task of the schedule has one, and no request
        whose["trace_id"], whose["span_id"] = known.trace_id, known.span_id
    if known.route:
        whose["route"] = known.route
    if known.company_id is not None:
        whose["company_id"] = str(known.company_id)
    if known.principal is not None:
        whose["user_id"] = str(known.principal.identity_id)
        whose["session_id"] = str(known.principal.credential_id)
        if known.principal.operator:
            whose["operator"] = known.principal.operator
    return whose


def _encoded(told: dict[str, Any]) -> str:
    line = _dumped(told)
    if len(line) > LONGEST_LINE:
        kept = {name: value for name, value in told.items() if len(_dumped({name: value})) < _LONGEST_OF_A_CUT_LINE}
        line = _dumped({**kept, "is_cut": True})
    return line


def _dumped(told: dict[str, Any]) -> str:
    """Give ASCII: one line to whoever splits lines, and JSON whatever the encoding of the stream."""
    try:
        line = orjson.dumps(told, default=_unknown).decode()
    except (TypeError, ValueError):  # half of a surrogate pair
        line = orjson.dumps(_whole(told), default=_unknown).decode()
    return line if line.isascii() else json.dumps(orjson.loads(line), separators=(",", ":"))


def _whole(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_whole(str(name)): _whole(each) for name, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value


def _unknown(value: object) -> str:
    return f"[{type(value).__qualname__}]"
