"""Which traces are kept."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

from novapulse import context
from novapulse.telemetry.sampling import Sampler, Trickle

TRACE_IDS = st.integers(1, 2**128 - 1).map("{:032x}".format)
RATIOS = st.floats(0, 1)
MANY = 20_000


def _is_sampled(sampler: Sampler, *, traceparent: str = "") -> bool:
    trail = context.trail_of("request-1", traceparent=traceparent)
    sampler.decide(trail)
    return trail.is_sampled


@given(ratio=RATIOS, trace_id=TRACE_IDS, flags=st.sampled_from(["00", "01"]))
def test_whoever_has_a_parent_obeys_it_whatever_the_ratio_is(ratio: float, trace_id: str, flags: str) -> None:
    assert _is_sampled(Sampler(ratio), traceparent=f"00-{trace_id}-{'b' * 16}-{flags}") is (flags == "01")


@given(ratio=RATIOS, trace_id=TRACE_IDS)
def test_a_trace_that_begins_here_is_chosen_as_opentelemetry_chooses(ratio: float, trace_id: str) -> None:
    trail = context.Trail("request-1", trace_id=trace_id, span_id="b" * 16)
    Sampler(ratio).decide(trail)

    other = TraceIdRatioBased(ratio).should_sample(None, int(trace_id, 16), "any")
    assert trail.is_sampled is other.decision.is_sampled()


@pytest.mark.parametrize("ratio", [0.0, 0.05, 0.5, 1.0])
def test_as_many_are_chosen_as_the_ratio_says(ratio: float) -> None:
    sampler = Sampler(ratio)
    share = sum(_is_sampled(sampler) for _ in range(MANY)) / MANY

    assert share == pytest.approx(ratio, abs=0.02 if 0 < ratio < 1 else 0)  # nearly six standard deviations of 0.5


@pytest.mark.parametrize("malformed", ["", "00-0-0-01", f"00-{'0' * 32}-{'b' * 16}-01", f"ff-{'a' * 32}-{'b' * 16}-01"])
def test_a_malformed_parent_has_nothing_to_say(malformed: str) -> None:
    assert not _is_sampled(Sampler(0.0), traceparent=malformed)
    assert _is_sampled(Sampler(1.0), traceparent=malformed)


def test_a_trickle_lets_one_through_and_then_the_next_after_its_time() -> None:
    seldom, always = Trickle(every_seconds=3_600), Trickle(every_seconds=0)

    assert [seldom.lets_through() for _ in range(3)] == [True, False, False]
    assert [always.lets_through() for _ in range(3)] == [True, True, True]


def test_a_trickle_flows_in_a_child_of_a_fork_though_a_thread_of_its_parent_was_just_passing() -> None:
    trickle = Trickle(every_seconds=3_600)
    assert trickle.lets_through()
    with trickle._lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if not trickle._lock.locked() and trickle.lets_through() else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
