"""What travels: one task with its arguments, its company and its rules, as JSON that any program can read.

ASCII throughout, since SQS refuses some characters of Unicode that JSON allows. Never pickle: a message is data.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from novapulse.context import NO_REQUEST
from novapulse.queues.errors import TooLarge, Unreadable

SCHEMA: Final = 1
MAX_BYTES: Final = 256 * 1024  # of a message of SQS, in every region and in every emulation
_ROOM_FOR_DEATH: Final = 8 * 1024  # what a dead letter adds

_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_TIMES: Final = ("enqueued_at", "run_after", "expires_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One task on its way.

    id: of the outbox row, and the idempotency key that HTTP effects repeat. task: dotted path. attempt: 1 for the
    first. backoff_seconds: first and longest. location: of the company (ISO 3166 alpha-2). unique: while one of this
    key waits, no other is added.
    """

    id: str
    task: str
    queue: str
    enqueued_at: datetime
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    company_id: str | None = None
    location: str | None = None
    attempt: int = 1
    max_attempts: int = 10
    backoff_seconds: tuple[float, float] = (5.0, 3600.0)
    timeout_seconds: float = 300.0
    run_after: datetime | None = None
    expires_at: datetime | None = None
    unique: str | None = None
    request_id: str = NO_REQUEST
    traceparent: str | None = None
    schema: int = SCHEMA

    def to_json(self) -> str:
        """Give the text of the message; raises TypeError for what JSON does not know, TooLarge."""
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in _TIMES:
            content[name] = content[name] and content[name].isoformat()
        text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        if len(text) > MAX_BYTES - _ROOM_FOR_DEATH:
            raise TooLarge(f"{self.task} with its arguments takes {len(text)} bytes: too many for a message.")
        return text

    @classmethod
    def from_json(cls, text: str) -> Envelope:
        """Read a message; members that we do not know, such as `dead`, are left out. Raises Unreadable."""
        content = _content(text)
        known = {each.name for each in fields(cls)}
        try:
            given = {name: value for name, value in content.items() if name in known}
            for name in _TIMES:
                given[name] = given.get(name) and datetime.fromisoformat(given[name])
            first, longest = given.get("backoff_seconds", (5.0, 3600.0))
            given["backoff_seconds"] = (float(first), float(longest))
            envelope = cls(**given)
        except (TypeError, ValueError) as error:
            raise Unreadable("malformed", str(error)) from error
        _check(envelope)
        return envelope


def traceparent_in(text: str) -> str | None:
    """Give the traceparent of a message, None where it has none, whatever else it is."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = content.get("traceparent") if isinstance(content, dict) else None
    return found if isinstance(found, str) else None


def _content(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("no-json", str(error)) from error
    if not isinstance(content, dict):
        raise Unreadable("malformed", f"an object was expected, not {type(content).__name__}")
    if content.get("schema") != SCHEMA:
        raise Unreadable("unknown-schema", f"schema {content.get('schema')!r}; this program reads {SCHEMA}")
    return content


def _check(envelope: Envelope) -> None:
    wrong = [each for each, shape in _SHAPES.items() if not isinstance(getattr(envelope, each), shape)]
    if wrong:
        raise Unreadable("malformed", f"of another type than expected: {', '.join(wrong)}")
    if _ID.fullmatch(envelope.id) is None:
        raise Unreadable("malformed", "an id has 24 hexadecimal digits")


_SHAPES: Final[dict[str, Any]] = {
    "id": str,
    "task": str,
    "queue": str,
    "enqueued_at": datetime,
    "args": list,
    "kwargs": dict,
    "company_id": str | None,
    "location": str | None,
    "attempt": int,
    "max_attempts": int,
    "timeout_seconds": int | float,
    "request_id": str,
    "traceparent": str | None,
}
