"""What is noted of calls."""

from __future__ import annotations

from threading import Thread

from novapulse import context
from novapulse.telemetry import calls, notes
from novapulse.telemetry.calls import Call

FIND = Call(calls.MONGODB, "find", "tasks", 0.001)


def test_a_call_is_noted_for_the_request_that_makes_it() -> None:
    first, second = context.trail_of("request-1"), context.trail_of("request-2")
    first.notes, second.notes = [], []
    with context.within(first):
        notes.take(FIND)
        with context.within(second):
            notes.take(FIND)
        notes.take(FIND)

    assert (len(first.notes), len(second.notes)) == (2, 1)
    assert first.notes[0].call is FIND


def test_nothing_is_noted_where_nobody_takes_notes() -> None:
    trail = context.begin_request("request-1")
    notes.take(FIND)
    notes.created("default", traceparent=context.traceparent())
    elsewhere = Thread(target=notes.take, args=(FIND,))  # outside of any request
    elsewhere.start()
    elsewhere.join()

    assert trail.notes is None


def test_so_many_are_noted_and_the_rest_is_counted() -> None:
    trail = context.begin_request("request-1")
    trail.notes = []
    for _ in range(notes.MOST + 7):
        notes.take(FIND)

    assert (len(trail.notes), trail.notes_left_out) == (notes.MOST, 7)


def test_what_another_thread_does_for_a_request_is_in_nobodys_notes() -> None:
    trail = context.begin_request("request-1")
    trail.notes = []
    context.follow(trail)
    notes.take(FIND)

    assert trail.notes == []


def test_a_message_is_noted_under_the_span_that_it_names() -> None:
    trail = context.begin_request("request-1")
    trail.notes = []
    notes.created("acme-default", traceparent=context.traceparent("a" * 16))

    (note,) = trail.notes
    assert note.call == Call(calls.SQS, "create", "acme-default", 0.0, span_id="a" * 16)
