"""Who is asking."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from novapulse import context

if TYPE_CHECKING:
    from collections.abc import Iterator

SOMEBODY = context.Principal("person", ObjectId(), ObjectId(), ObjectId(), role="owner")


@pytest.fixture(autouse=True)
def _afterwards_nobody() -> Iterator[None]:
    yield
    context.begin_request(context.NO_REQUEST)


def test_outside_of_a_request_nobody_is_known() -> None:
    assert context.request_id() == context.NO_REQUEST
    with pytest.raises(LookupError):
        context.principal()


def test_a_request_has_its_id_and_its_principal() -> None:
    context.begin_request("request-1")
    context.authenticate(SOMEBODY)

    assert context.request_id() == "request-1"
    assert context.principal() is SOMEBODY


def test_the_next_request_of_a_thread_knows_nothing_of_the_last_principal() -> None:
    context.begin_request("request-1")
    context.authenticate(SOMEBODY)
    context.begin_request("request-2")

    with pytest.raises(LookupError):
        context.principal()


def test_after_a_request_nobody_is_known_but_what_is_logged_still_names_it() -> None:
    context.begin_request("request-1")
    context.authenticate(SOMEBODY)
    context.end_request()

    assert context.request_id() == "request-1"
    with pytest.raises(LookupError):
        context.principal()


def test_another_thread_does_not_inherit_the_principal() -> None:
    context.begin_request("request-1")
    context.authenticate(SOMEBODY)
    seen: list[str] = []
    thread = threading.Thread(target=lambda: seen.append(context.request_id()))
    thread.start()
    thread.join()

    assert seen == [context.NO_REQUEST]


def test_a_request_keeps_the_name_that_it_came_with_where_that_is_well_formed() -> None:
    assert context.request_id_of("from-the-proxy_1.2") == "from-the-proxy_1.2"
    for given in ("", "short", "with space", "x" * 129, "new\nline-and-more"):
        made = context.request_id_of(given)
        assert made != given
        assert context.request_id_of(made) == made


def test_a_request_goes_on_in_the_trace_of_whoever_caused_it() -> None:
    trail = context.begin_request("request-1", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")

    assert (trail.trace_id, trail.parent_span_id, trail.is_sampled) == ("a" * 32, "b" * 16, True)
    assert context.traceparent() == f"00-{'a' * 32}-{trail.span_id}-01"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "junk",
        f"ff-{'a' * 32}-{'b' * 16}-01",
        f"00-{'0' * 32}-{'b' * 16}-01",
        f"00-{'a' * 32}-{'0' * 16}-01",
        f"00-{'a' * 32}-{'b' * 16}-01-more",
        f"00-{'A' * 32}-{'b' * 16}-01",
    ],
)
def test_a_malformed_traceparent_counts_as_none(given: str) -> None:
    trail = context.begin_request("request-1", traceparent=given)

    assert len(trail.trace_id) == 32
    assert trail.trace_id not in {"a" * 32, "0" * 32}
    assert trail.parent_span_id == ""
    assert context.begin_request("request-2").trace_id != trail.trace_id


def test_another_thread_follows_for_nobody() -> None:
    context.begin_request("request-1")
    context.authenticate(SOMEBODY, company_id=ObjectId())
    given = context.trail()
    context.begin_request("request-2")
    context.follow(given)

    assert context.request_id() == "request-1"
    assert given is not None
    assert given.principal is SOMEBODY
    with pytest.raises(LookupError):
        context.principal()


def test_a_later_version_of_a_traceparent_may_say_more() -> None:
    cause = context.cause_of(f"01-{'a' * 32}-{'b' * 16}-01-more")

    assert cause == context.Cause("a" * 32, "b" * 16, is_sampled=True)


def test_a_part_of_what_is_under_way_can_be_named_as_the_cause() -> None:
    context.begin_request("request-1", traceparent=f"00-{'a' * 32}-{'b' * 16}-00")

    assert context.traceparent("c" * 16) == f"00-{'a' * 32}-{'c' * 16}-00"


def test_inside_of_a_block_everything_is_done_for_another_and_after_it_as_before() -> None:
    before = context.begin_request("request-1")
    other = context.trail_of("request-2")
    with context.within(other):
        inside = context.trail()

    assert (inside, context.trail()) == (other, before)


def test_what_ends_takes_no_more_notes() -> None:
    trail = context.begin_request("request-1")
    trail.notes = []
    context.end_request()

    assert trail.notes is None
