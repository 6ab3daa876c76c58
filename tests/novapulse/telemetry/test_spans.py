"""Spans as a collector gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanKind, StatusCode

from novapulse import clock, context
from novapulse.telemetry import calls
from novapulse.telemetry.calls import Call
from novapulse.telemetry.notes import Note
from novapulse.telemetry.spans import spans_of
from novapulse.telemetry.story import Story

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

RESOURCE = Resource({"service.name": "suite"})
PARENT = f"00-{'a' * 32}-{'b' * 16}-01"


def _spans(*told: Call, traceparent: str = PARENT, **members: Any) -> list[ReadableSpan]:
    now = clock.monotonic()
    trail = context.trail_of("request-1", traceparent=traceparent)
    trail.company_id, trail.notes_left_out = ObjectId("1" * 24), 7
    story = Story(
        kind=SpanKind.SERVER,
        name="GET tasks",
        trail=trail,
        began_at=now - 0.5,
        ended_at=now,
        notes=[Note(now - 0.1, call) for call in told],
        **members,
    )
    return spans_of(story, resource=RESOURCE)


def _described(call: Call) -> tuple[str, dict[str, Any], SpanKind]:
    _, span = _spans(call)
    return span.name, dict(span.attributes or {}), span.kind


def test_a_request_is_the_child_of_whoever_has_caused_it_and_the_parent_of_its_calls() -> None:
    request, call = _spans(Call(calls.REDIS, "decide", "gate", 0.001))

    assert request.context is not None
    assert request.parent is not None
    assert call.parent is not None
    assert f"{request.context.trace_id:x}" == "a" * 32
    assert (f"{request.parent.span_id:x}", request.parent.is_remote) == ("b" * 16, True)
    assert (call.parent.span_id, call.parent.is_remote) == (request.context.span_id, False)


def test_where_nobody_has_caused_it_there_is_no_parent() -> None:
    (request,) = _spans(traceparent="")

    assert request.parent is None


def test_a_call_lies_within_its_request_and_both_in_the_present() -> None:
    request, call = _spans(Call(calls.MONGODB, "find", "tasks", 0.25))
    times = [request.start_time, call.start_time, call.end_time, request.end_time]

    assert all(time is not None for time in times)
    assert times == sorted(times)  # type: ignore[type-var]  # none is None, as was just said
    assert ((call.end_time or 0) - (call.start_time or 0)) / 1e9 == pytest.approx(0.25)
    assert (request.end_time or 0) / 1e9 == pytest.approx(clock.now().timestamp(), abs=60)


def test_ids_of_ours_are_told_and_what_was_left_out() -> None:
    (request,) = _spans(attributes={"http.route": "tasks"})

    assert request.attributes == {
        "http.route": "tasks",
        "novapulse.request.id": "request-1",
        "novapulse.company.id": "1" * 24,
        "novapulse.calls.left_out": 7,
    }


def test_what_has_failed_says_so() -> None:
    request, call = _spans(Call(calls.MONGODB, "find", "tasks", 0.1, "NotPrimary"), error="500")

    assert (request.attributes or {})["error.type"] == "500"
    assert (call.attributes or {})["error.type"] == "NotPrimary"
    assert {request.status.status_code, call.status.status_code} == {StatusCode.ERROR}


def test_calls_are_described_in_the_words_of_the_conventions() -> None:
    mongo = {"db.system.name": "mongodb", "db.operation.name": "find", "db.collection.name": "tasks"}
    redis = {"db.system.name": "redis", "db.operation.name": "decide", "novapulse.redis.role": "gate"}
    sqs = {"messaging.system": "aws_sqs", "messaging.destination.name": "q"}

    assert _described(Call(calls.MONGODB, "find", "tasks", 0.1)) == ("find tasks", mongo, SpanKind.CLIENT)
    assert _described(Call(calls.REDIS, "decide", "gate", 0.1)) == ("decide", redis, SpanKind.CLIENT)
    assert _described(Call(calls.POSTGRESQL, "SELECT", "default", 0.1)) == (
        "SELECT",
        {"db.system.name": "postgresql", "db.operation.name": "SELECT"},
        SpanKind.CLIENT,
    )
    assert _described(Call(calls.HTTP, "POST", "", 0.1)) == ("POST", {"http.request.method": "POST"}, SpanKind.CLIENT)
    assert _described(Call(calls.SQS, "DeleteMessage", "q", 0.1)) == (
        "DeleteMessage q",
        {**sqs, "messaging.operation.name": "DeleteMessage"},
        SpanKind.CLIENT,
    )


def test_the_creation_of_a_message_has_the_id_that_the_message_names() -> None:
    _, span = _spans(Call(calls.SQS, "create", "q", 0.0, span_id="c" * 16))

    assert span.context is not None
    assert (span.name, span.kind, f"{span.context.span_id:x}") == ("create q", SpanKind.PRODUCER, "c" * 16)
    assert (span.attributes or {})["messaging.operation.type"] == "create"
