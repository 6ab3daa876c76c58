"""Spans on their way to a collector, over HTTP for real."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanKind

from novapulse import clock, context
from novapulse.telemetry import calls, traces
from novapulse.telemetry.calls import Call
from novapulse.telemetry.destination import NotSent, Unacceptable
from novapulse.telemetry.notes import Note
from novapulse.telemetry.otlp import NoAnswer, OtlpDestination, OtlpOptions
from novapulse.telemetry.ring import Item
from novapulse.telemetry.sampling import Sampler
from novapulse.telemetry.shipping import Shipper
from novapulse.telemetry.story import Story
from novapulse.telemetry.traces import Tracing
from tests import faults
from tests.collector import Collector, collecting
from tests.faults.proxy import proxied
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def _destination(url: str) -> OtlpDestination:
    resource = Resource({"service.name": "suite"})
    return OtlpDestination(OtlpOptions(url, resource, headers={"api-key": "k"}, seconds=0.3))


def _story(name: str = "GET tasks") -> Story:
    trail, now = context.trail_of("request-1"), clock.monotonic()
    note = Note(now, Call(calls.MONGODB, "find", "tasks", 0.001))
    return Story(kind=SpanKind.SERVER, name=name, trail=trail, began_at=now - 1, ended_at=now, notes=[note])


def _item() -> Item:
    return Item(0.0, 0, 1, _story())


def test_a_collector_gets_the_spans_with_what_we_are(collector: Collector) -> None:
    assert _destination(collector.url + "/").send([_item(), _item()]) == ()

    assert collector.names() == {"GET tasks": 2, "find tasks": 2}
    assert collector.headers[0]["api-key"] == "k"
    assert {span.resource["service.name"] for span in collector.spans} == {"suite"}
    request, call = collector.spans[:2]
    assert (call.parent_span_id, call.trace_id) == (request.span_id, request.trace_id)


@pytest.mark.parametrize(
    ("status", "raised"),
    [(503, NotSent), (429, NotSent), (401, NotSent), (403, NotSent), (400, Unacceptable), (413, Unacceptable)],
)
def test_what_a_collector_answers_tells_whether_to_try_again(
    collector: Collector, status: int, raised: type[Exception]
) -> None:
    collector.status = status

    with pytest.raises(raised, match=str(status)):
        _destination(collector.url).send([_item()])


def test_where_no_collector_is_nobody_knows() -> None:
    with pytest.raises(NoAnswer, match="Connection"):
        _destination(f"http://127.0.0.1:{faults.refusing_port()}").send([_item()])


def test_opening_asks_whether_a_collector_is_there_and_sends_no_span(collector: Collector) -> None:
    destination = _destination(collector.url)
    destination.open()
    assert (collector.bodies, collector.spans) == ([b""], [])


def test_a_collector_that_calls_nothing_malformed_is_there(collector: Collector) -> None:
    collector.status = 400
    _destination(collector.url).open()


@pytest.mark.parametrize("status", [401, 403, 404, 503])
def test_a_collector_that_lets_nobody_in_is_away(collector: Collector, status: int) -> None:
    collector.status = status

    with pytest.raises((NotSent, Unacceptable), match=str(status)):
        _destination(collector.url).open()


def test_spans_wait_while_a_collector_does_not_know_our_key(collector: Collector) -> None:
    shipper = Shipper("otlp", _destination(collector.url), interval_seconds=0.05)
    shipper.put(_item())
    wait_until(lambda: shipper.figures().sent == 1)
    collector.status = 401
    shipper.put(_item())
    wait_until(lambda: shipper.figures().is_away)
    collector.status = 200
    wait_until(lambda: shipper.figures().sent == 2)
    shipper.close()

    assert (collector.names()["GET tasks"], shipper.figures().dropped) == (2, {})


def test_a_collector_that_is_away_is_asked_again_and_again_but_given_no_span_twice(collector: Collector) -> None:
    with proxied(int(collector.url.rpartition(":")[2])) as proxy:
        shipper = Shipper("otlp", _destination(f"http://127.0.0.1:{proxy.port}"), interval_seconds=0.05)
        shipper.put(_item())
        wait_until(lambda: shipper.figures().sent == 1)
        before = shipper.figures().in_doubt
        proxy.swallows()
        shipper.put(_item())
        wait_until(lambda: shipper.figures().in_doubt == before + 1)
        shipper.flush(seconds=0.5)  # tries once more
        assert shipper.figures().in_doubt == before + 1
        proxy.passes()
        wait_until(lambda: shipper.figures().sent == 2)
        shipper.close()

    assert 2 <= collector.names()["GET tasks"] <= 2 + shipper.figures().in_doubt


def test_a_child_of_a_fork_sends_its_own_by_a_connection_of_its_own(collector: Collector) -> None:
    shipper = Shipper("otlp-of-a-test", _destination(collector.url), interval_seconds=0.05)
    tracing = Tracing(Sampler(1.0), shipper)
    traces.use(tracing)
    try:
        traces.keep(_story("of the parent"))
        collector.wait_for("of the parent")
        child = os.fork()
        if child == 0:
            _keep_and_leave(shipper)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        traces.keep(_story("of the parent again"))
        collector.wait_for("of the parent again")
    finally:
        traces.use(None)
        shipper.close()

    assert collector.names()["of the child"] == 1
    assert collector.names()["of the parent"] == 1


def _keep_and_leave(shipper: Shipper) -> None:
    try:
        traces.keep(_story("of the child"))
        os._exit(0 if shipper.flush(seconds=5) else 1)
    finally:
        os._exit(2)
