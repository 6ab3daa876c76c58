"""What was called in the course of a request or task, noted so cheaply that it can be done for all of them.

Spans are made of notes only where they are kept (`spans`), which for most is never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from novapulse import clock, context
from novapulse.telemetry import calls
from novapulse.telemetry.calls import Call

if TYPE_CHECKING:
    from novapulse.context import Trail

MOST: Final = 200  # of one request or task; how many were too many is told with it
CREATE: Final = "create"


class Note(NamedTuple):
    """A call, and when it ended by `clock.monotonic`."""

    ended_at: float
    call: Call


def take(call: Call) -> None:
    """Note a call, where notes are taken here; a listener of `calls`."""
    trail = context.trail()
    if trail is not None and trail.notes is not None:
        _take(trail, trail.notes, call)


def created(queue: str, *, traceparent: str | None) -> None:
    """Note that a message was made; traceparent: what it carries, which names its span."""
    trail = context.trail()
    made = context.cause_of(traceparent or "")
    if trail is not None and trail.notes is not None and made is not None:
        _take(trail, trail.notes, Call(calls.SQS, CREATE, queue, 0.0, span_id=made.span_id))


def _take(trail: Trail, notes: list[Note], call: Call) -> None:
    if len(notes) < MOST:
        notes.append(Note(clock.monotonic(), call))
    else:
        trail.notes_left_out += 1
