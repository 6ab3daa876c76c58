"""A task's way as a trace: created, sent, received, processed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from novapulse import context
from novapulse.context import Cause
from novapulse.queues import inbox, tracing
from novapulse.queues.inbox import Claim
from novapulse.queues.running import Running
from novapulse.queues.settle import Outcome
from novapulse.tasks import task
from novapulse.telemetry import traces
from tests import queues
from tests.novapulse.queues.envelopes import an_envelope
from tests.tracing import Kept, traced

if TYPE_CHECKING:
    from novapulse.telemetry.story import Story

pytestmark = pytest.mark.usefixtures("database")

seen: list[str | None] = []


@task()
def look_around() -> None:
    seen.append(context.traceparent())


@task(max_attempts=2)
def fail() -> None:
    raise KeyError


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


def _enqueued(traceparent: str = "") -> context.Trail:
    """Enqueue in the course of a request; give its trail."""
    trail = context.begin_request("request-1", traceparent=traceparent)
    traces.begin(trail)
    look_around.enqueue()
    context.begin_request("another-request")
    return trail


def _told(kept: Kept, operation: str) -> Story:
    (story,) = [each for each in kept.stories if each.attributes["messaging.operation.name"] == operation]
    return story


def test_a_task_goes_on_in_the_trace_of_the_request_that_wanted_it() -> None:
    with traced(ratio=1.0) as kept:
        request = _enqueued()
        (create,) = [note.call for note in request.notes or () if note.call.operation == "create"]
        queues.drain()

    process = _told(kept, "process")
    assert (process.trail.trace_id, process.trail.parent_span_id) == (request.trace_id, create.span_id)
    assert process.links == (Cause(request.trace_id, create.span_id, is_sampled=True),)
    assert process.trail.request_id == "request-1"
    assert seen == [f"00-{request.trace_id}-{process.trail.span_id}-01"]
    assert {note.call.operation for note in process.notes} >= {"findAndModify", "DeleteMessage"}


def test_what_sends_and_receives_several_links_to_each_in_a_trace_of_its_own() -> None:
    with traced(ratio=1.0) as kept:
        requests = [_enqueued(), _enqueued()]
        queues.drain()

    for operation in ("send", "receive"):
        story = _told(kept, operation)
        assert {link.trace_id for link in story.links} == {request.trace_id for request in requests}
        assert story.trail.trace_id not in {request.trace_id for request in requests}
        assert story.attributes["messaging.batch.message_count"] == 2


def test_a_message_names_its_cause_to_whoever_reads_its_attributes_alone() -> None:
    with traced(ratio=0.0):
        request = _enqueued()
        queues.publish()
        sqs = queues.deliveries.provider()
        url = sqs.queue_url(queues.names.physical("default"))
        answer = sqs.client().receive_message(QueueUrl=url, MessageAttributeNames=["traceparent"])

    (message,) = answer["Messages"]
    assert message["MessageAttributes"]["traceparent"]["StringValue"][:35] == f"00-{request.trace_id}"
    assert f'"traceparent":"00-{request.trace_id}' in message["Body"]


def test_a_task_of_a_request_that_is_not_sampled_is_not_kept_either() -> None:
    with traced(ratio=0.0) as kept:
        request = _enqueued()
        queues.drain()

    assert kept.stories == []
    assert [each and each[:35] for each in seen] == [f"00-{request.trace_id}"]
    assert seen[0] is not None
    assert seen[0].endswith("-00")


def test_each_attempt_that_fails_is_kept_whatever_the_ratio_is() -> None:
    with traced(ratio=0.0) as kept:
        trail = context.begin_request("request-1")
        fail.enqueue()
        assert queues.drain() == [Outcome.RETRIED, Outcome.DEAD]

    told = [(each.attributes["novapulse.task.attempt"], each.error, each.trail.trace_id) for each in kept.stories]
    assert told == [(1, "KeyError", trail.trace_id), (2, "KeyError", trail.trace_id)]
    assert len({each.trail.span_id for each in kept.stories}) == 2


@pytest.mark.parametrize(("seconds", "kept_ones"), [(149, 0), (151, 1)])
def test_a_task_that_takes_more_than_half_of_its_time_is_kept_as_a_slow_one(seconds: float, kept_ones: int) -> None:
    envelope = an_envelope(timeout_seconds=300)
    claim = inbox.claim(envelope, owner="test", lease_seconds=60)
    assert isinstance(claim, Claim)
    with traced(ratio=0.0) as kept, tracing.processing(envelope) as attempt:
        attempt.running = Running(envelope, claim)
        attempt.began_at -= seconds

    assert len(kept.stories) == kept_ones


def test_after_a_task_the_thread_is_where_it_was() -> None:
    with traced(ratio=1.0):
        _enqueued()
        before = context.trail()
        queues.drain()

    assert context.trail() is before


def test_where_traces_are_off_the_ids_travel_all_the_same() -> None:
    trail = context.begin_request("request-1")
    look_around.enqueue()
    queues.drain()

    assert [each and each[:35] for each in seen] == [f"00-{trail.trace_id}"]
