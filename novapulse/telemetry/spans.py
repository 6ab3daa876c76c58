"""Spans out of what was kept of a request or task, in the words of OpenTelemetry's semantic conventions.

No value of anybody's comes in: no statement, no parameter, no URL, no path; only names of operations and collections,
routes, statuses, and ids of ours.
Source: https://opentelemetry.io/docs/specs/semconv/ (1.44: HTTP and databases are stable, messaging is in development).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.semconv.schemas import Schemas
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from novapulse import clock, context
from novapulse.context import Cause
from novapulse.telemetry import calls
from novapulse.telemetry.notes import CREATE

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from novapulse.telemetry.calls import Call
    from novapulse.telemetry.notes import Note
    from novapulse.telemetry.story import Story

_SCOPE: Final = InstrumentationScope("novapulse", schema_url=Schemas.V1_44_0.value)
_NANOSECONDS: Final = 1_000_000_000
_FAILED: Final = Status(StatusCode.ERROR)
_WELL: Final = Status(StatusCode.UNSET)

Attributes = dict[str, str | int]


def spans_of(story: Story, *, resource: Resource) -> list[ReadableSpan]:
    """Give the span of a story, and after it that of each of its notes."""
    trail = story.trail
    began_at_zero = clock.nanoseconds_at_zero()
    itself = Cause(trail.trace_id, trail.span_id, trail.is_sampled)
    cause = Cause(trail.trace_id, trail.parent_span_id, trail.is_sampled) if trail.parent_span_id else None
    span = ReadableSpan(
        story.name,
        _context(itself),
        parent=None if cause is None else _context(cause, is_remote=True),
        resource=resource,
        attributes=_all_attributes(story),
        links=[Link(_context(each, is_remote=True)) for each in story.links],
        kind=story.kind,
        status=_FAILED if story.error else _WELL,
        start_time=began_at_zero + round(story.began_at * _NANOSECONDS),
        end_time=began_at_zero + round(story.ended_at * _NANOSECONDS),
        instrumentation_scope=_SCOPE,
    )
    return [span, *(_child(note, itself, began_at_zero, resource) for note in story.notes)]


def _child(note: Note, parent: Cause, began_at_zero: int, resource: Resource) -> ReadableSpan:
    call, ended_at = note.call, began_at_zero + round(note.ended_at * _NANOSECONDS)
    itself = Cause(parent.trace_id, call.span_id or context.new_span_id(), parent.is_sampled)
    name, attributes = _DESCRIBED[call.system](call)
    if call.error:
        attributes["error.type"] = call.error
    return ReadableSpan(
        name,
        _context(itself),
        parent=_context(parent),
        resource=resource,
        attributes=attributes,
        kind=SpanKind.PRODUCER if call.operation == CREATE and call.system == calls.SQS else SpanKind.CLIENT,
        status=_FAILED if call.error else _WELL,
        start_time=ended_at - round(call.seconds * _NANOSECONDS),
        end_time=ended_at,
        instrumentation_scope=_SCOPE,
    )


def _all_attributes(story: Story) -> Attributes:
    trail, attributes = story.trail, dict(story.attributes)
    if trail.request_id != context.NO_REQUEST:
        attributes["novapulse.request.id"] = trail.request_id
    if trail.company_id is not None:
        attributes["novapulse.company.id"] = str(trail.company_id)
    if trail.notes_left_out:
        attributes["novapulse.calls.left_out"] = trail.notes_left_out
    if story.error:
        attributes["error.type"] = story.error
    return attributes


def _database(call: Call) -> tuple[str, Attributes]:
    """Describe a command of MongoDB or a statement of PostgreSQL; of the latter the target is the connection."""
    attributes: Attributes = {"db.system.name": call.system, "db.operation.name": call.operation}
    if call.system != calls.MONGODB or not call.target:
        return call.operation, attributes
    attributes["db.collection.name"] = call.target
    return f"{call.operation} {call.target}", attributes


def _redis(call: Call) -> tuple[str, Attributes]:
    role: Attributes = {"novapulse.redis.role": call.target}
    return call.operation, {"db.system.name": call.system, "db.operation.name": call.operation, **role}


def _message(call: Call) -> tuple[str, Attributes]:
    kind: Attributes = {"messaging.operation.type": CREATE} if call.operation == CREATE else {}
    name = f"{call.operation} {call.target}" if call.target else call.operation
    return name, {
        "messaging.system": call.system,
        "messaging.operation.name": call.operation,
        "messaging.destination.name": call.target,
        **kind,
    }


def _http(call: Call) -> tuple[str, Attributes]:
    return call.operation, {"http.request.method": call.operation}


_DESCRIBED: Final = {
    calls.MONGODB: _database,
    calls.POSTGRESQL: _database,
    calls.REDIS: _redis,
    calls.SQS: _message,
    calls.HTTP: _http,
}


def _context(part: Cause, *, is_remote: bool = False) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if part.is_sampled else TraceFlags.DEFAULT)
    return SpanContext(int(part.trace_id, 16), int(part.span_id, 16), is_remote, flags)
