"""One part of a trace."""

from opentelemetry.trace import SpanKind

from novapulse import context
from novapulse.telemetry import calls
from novapulse.telemetry.calls import Call
from novapulse.telemetry.notes import Note
from novapulse.telemetry.story import Story


def test_it_makes_a_span_for_itself_and_one_for_each_note() -> None:
    notes = [Note(1.0, Call(calls.REDIS, "GET", "cache", 0.001))] * 3
    story = Story(
        kind=SpanKind.SERVER, name="GET", trail=context.trail_of("r"), began_at=0.0, ended_at=1.0, notes=notes
    )

    assert story.size == 4
