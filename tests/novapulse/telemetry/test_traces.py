"""What is kept, and that it costs nothing to keep none."""

from __future__ import annotations

import logging
import tracemalloc

from opentelemetry.trace import SpanKind

from novapulse import context
from novapulse.telemetry import calls, notes, traces
from novapulse.telemetry.calls import Call
from novapulse.telemetry.ring import Ring
from novapulse.telemetry.story import Story
from tests.tracing import traced

FIND = Call(calls.MONGODB, "find", "tasks", 0.001)


def _story(*, error: str = "") -> Story:
    trail = context.trail_of("request-1")
    return Story(kind=SpanKind.SERVER, name="GET", trail=trail, began_at=0.0, ended_at=1.0, error=error)


def test_where_traces_are_off_nothing_is_decided_noted_or_kept() -> None:
    trail = context.begin_request("request-1")
    traces.begin(trail)
    notes.take(FIND)
    traces.keep(_story())

    assert not traces.are_on()
    assert (trail.notes, trail.is_sampled) == (None, False)


def test_what_has_failed_is_kept_longest() -> None:
    with traced(ratio=1.0) as kept:
        traces.keep(_story())
        traces.keep(_story(error="500"))

    assert [item.severity for item in kept.items] == [logging.INFO, logging.ERROR]


def test_no_more_spans_wait_than_there_is_room_for_and_those_that_failed_go_last() -> None:
    ring = Ring(traces.BOUNDS)
    with traced(ratio=1.0) as kept:
        traces.keep(_story(error="500"))
        for _ in range(traces.MOST_SPANS + 99):
            traces.keep(_story())
    for item in kept.items:
        ring.put(item)

    assert len(ring) == traces.MOST_SPANS
    assert ring.dropped == {logging.INFO: 100}


def test_twenty_thousand_requests_that_are_not_kept_leave_no_memory() -> None:
    with traced(ratio=0.0) as kept:
        _unkept(100)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        _unkept(20_000)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert kept.items == []
    assert after - before < 20_000  # bytes: less than one for each


def _unkept(count: int) -> None:
    for _ in range(count):
        traces.begin(context.begin_request("request-1"))
        for _ in range(3):
            notes.take(FIND)
        context.end_request()
