"""What of a message's way is told as spans: sent, received, and each attempt at its task; its creation is a note.

A task goes on in the trace of the request that wanted it, whose span `create` the message names; the attempt's span has
that as its parent and as its link. What is done with several messages at once, sending and receiving, belongs to none
of their traces: it is a trace of its own with a link to each, kept where one of them is sampled.
Source: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bson import ObjectId
from opentelemetry.trace import SpanKind

from novapulse import clock, context
from novapulse.queues import names
from novapulse.telemetry import notes, traces
from novapulse.telemetry.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from novapulse.context import Trail
    from novapulse.queues.envelope import Envelope
    from novapulse.queues.running import Running
    from novapulse.queues.settle import Outcome

ATTRIBUTE: Final = "traceparent"  # of a message
_SYSTEM: Final = "aws_sqs"
_SLOW_SHARE: Final = 0.5  # of its own time: a task that takes longer is kept as a slow one

_FAILED: Final = frozenset({"retried", "dead", "lost"})  # of settle's outcomes

Attributes = dict[str, str | int]


@dataclass(slots=True)
class Attempt:
    """What is known of an attempt by its end; `running` stays empty where the message was none to run."""

    trail: Trail
    began_at: float
    running: Running | None = None
    outcome: str = ""
    error: str = ""

    def end(self, outcome: Outcome) -> None:
        """Take what became of it."""
        self.outcome = outcome.value
        if self.running is not None and self.outcome in _FAILED:
            self.error = self.running.failure or self.outcome


@contextmanager
def processing(envelope: Envelope) -> Iterator[Attempt]:
    """Do what is inside for the request that wanted the task; keep it where that was sampled, failed or was slow."""
    trail = context.trail_of(envelope.request_id, traceparent=envelope.traceparent or "")
    trail.route, trail.task_id = envelope.task, envelope.id
    if ObjectId.is_valid(envelope.company_id):
        trail.company_id = ObjectId(envelope.company_id)
    traces.begin(trail)
    attempt = Attempt(trail, clock.monotonic())
    with context.within(trail):
        try:
            yield attempt
        except Exception as error:
            attempt.error = type(error).__name__
            raise
        finally:
            if trail.notes is not None:
                _processed(attempt, envelope)


def created(envelope: Envelope) -> None:
    """Note, in the course of whoever wants the task, that its message was made."""
    notes.created(_destination(envelope.queue), traceparent=envelope.traceparent)


def sent(queue: str, traceparents: Iterable[str | None], *, began_at: float, error: str = "") -> None:
    """Tell of a batch that was sent since `began_at`; traceparents: of its messages."""
    if traces.are_on():
        _in_a_trace_of_its_own("send", queue, list(traceparents), began_at=began_at, error=error)


def received(queue: str, traceparents: Iterable[str | None], *, began_at: float) -> None:
    """Tell of a receive that brought messages; traceparents: theirs."""
    if traces.are_on():
        _in_a_trace_of_its_own("receive", queue, list(traceparents), began_at=began_at)


def _processed(attempt: Attempt, envelope: Envelope) -> None:
    running, ended_at = attempt.running, clock.monotonic()
    is_slow = ended_at - attempt.began_at >= _SLOW_SHARE * envelope.timeout_seconds
    is_kept = attempt.error or (running is not None and (attempt.trail.is_sampled or is_slow))
    if not is_kept:
        return
    message: Attributes = {
        "messaging.message.id": envelope.id,
        "novapulse.task.name": envelope.task,
        "novapulse.task.attempt": 0 if running is None else running.attempt,
        "novapulse.task.outcome": attempt.outcome,
    }
    caused_by = context.cause_of(envelope.traceparent or "")
    traces.keep(
        Story(
            kind=SpanKind.CONSUMER,
            name=f"process {_destination(envelope.queue)}",
            trail=attempt.trail,
            began_at=attempt.began_at,
            ended_at=ended_at,
            attributes={**_described("process", envelope.queue), **message},
            error=attempt.error,
            links=() if caused_by is None else (caused_by,),
            notes=attempt.trail.notes or (),
        )
    )


def _in_a_trace_of_its_own(
    operation: str, queue: str, traceparents: list[str | None], *, began_at: float, error: str = ""
) -> None:
    read = [context.cause_of(each or "") for each in traceparents]
    links = tuple(each for each in read if each is not None)
    trail = context.trail_of(context.NO_REQUEST)
    trail.is_sampled = any(each.is_sampled for each in links)
    if not trail.is_sampled and not error:
        return
    traces.keep(
        Story(
            kind=SpanKind.CLIENT,
            name=f"{operation} {_destination(queue)}",
            trail=trail,
            began_at=began_at,
            ended_at=clock.monotonic(),
            attributes={**_described(operation, queue), "messaging.batch.message_count": len(traceparents)},
            error=error,
            links=links,
        )
    )


def _described(operation: str, queue: str) -> Attributes:
    return {
        "messaging.system": _SYSTEM,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": _destination(queue),
    }


def _destination(queue: str) -> str:
    return f"{names.current().prefix}-{queue}"  # whether there is such a queue or not
