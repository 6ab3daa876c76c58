"""The headers of limits, read by a strict parser of structured fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novapulse.gate.decision import POLICIES, Limits, Usage
from novapulse.web import ratelimit
from tests.structured import NotAListError, read_list

LIMITS = Limits(quota=1_200, window_seconds=60, concurrency=20)


def test_headers_tell_the_companys_quota_and_what_is_left_of_it() -> None:
    assert ratelimit.headers(Usage(LIMITS, remaining=1_187, reset_seconds=2.2)) == {
        "RateLimit-Policy": '"company";q=1200;w=60',
        "RateLimit": '"company";r=1187;t=3',
    }


def test_refusal_by_the_company_tells_when_it_would_let_the_request_in() -> None:
    assert ratelimit.headers(Usage(LIMITS, 1, 59.9), denied="company", retry_after_seconds=0.2) == {
        "RateLimit-Policy": '"company";q=1200;w=60',
        "RateLimit": '"company";r=1;t=1',
    }


def test_refusal_by_the_principals_share_tells_it_as_well() -> None:
    assert ratelimit.headers(Usage(LIMITS, 300, 45.0), denied="principal", retry_after_seconds=4.5) == {
        "RateLimit-Policy": '"company";q=1200;w=60, "principal";q=1200;w=60',
        "RateLimit": '"company";r=300;t=45, "principal";r=0;t=5',
    }


def test_refusal_by_concurrency_tells_how_many_may_be_under_way() -> None:
    assert ratelimit.headers(Usage(LIMITS, 300, 45.0, 20), denied="concurrency", retry_after_seconds=1.0) == {
        "RateLimit-Policy": '"company";q=1200;w=60, "concurrency";q=20;qu="concurrent-requests"',
        "RateLimit": '"company";r=300;t=45, "concurrency";r=0;t=1',
    }


@given(
    limits=st.builds(Limits, st.integers(1, 10**6), st.integers(1, 86_400), st.integers(1, 10**4)),
    reset=st.floats(0, 86_400),
    denied=st.sampled_from([None, *POLICIES]),
    wait=st.floats(0, 86_400),
)
def test_headers_are_lists_of_the_same_policies_with_whole_numbers(
    limits: Limits, reset: float, denied: str | None, wait: float
) -> None:
    shown = ratelimit.headers(Usage(limits, limits.quota - 1, reset), denied=denied, retry_after_seconds=wait)
    policies, states = read_list(shown["RateLimit-Policy"]), read_list(shown["RateLimit"])

    assert set(policies) == set(states) == {"company", denied or "company"}
    assert (policies["company"]["q"], policies["company"]["w"]) == (limits.quota, limits.window_seconds)
    if denied is not None:
        assert wait <= states[denied]["t"] <= wait + 1  # type: ignore[operator]  # a whole number, as the parser saw


@pytest.mark.parametrize("text", ['"a";r=1,', '"a";r=1.5', "a;r=1", '"a";R=1', '"a" ;r=1', '"a";r="1', '"a";r=1 "b"'])
def test_parser_of_these_tests_takes_nothing_that_is_no_list(text: str) -> None:
    with pytest.raises(NotAListError):
        read_list(text)
