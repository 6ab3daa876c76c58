"""The limits of one process, while nobody else can be asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from novapulse.gate.local import LocalLimits
from tests.novapulse.gate.conftest import LIMITS

if TYPE_CHECKING:
    from novapulse.gate.decision import Decision, Limits


def decided(local: LocalLimits, *, limits: Limits = LIMITS, company: str = "acme", in_flight: int = 0) -> Decision:
    return local.decide(company, limits=limits, units=1, processes=4, in_flight=in_flight)


def test_a_process_admits_its_share_and_other_companies_have_their_own() -> None:
    local = LocalLimits()
    admitted = [decided(local).denied for _ in range(10)]

    assert admitted == [None] * 5 + ["company"] * 5
    assert decided(local, company="rival").denied is None


def test_a_quota_below_the_number_of_processes_is_still_one() -> None:
    local = LocalLimits()
    tight = replace(LIMITS, quota=2)

    assert [decided(local, limits=tight).denied for _ in range(2)] == [None, "company"]


def test_a_request_that_costs_more_than_the_share_passes_when_all_of_it_is_there() -> None:
    decision = LocalLimits().decide("acme", limits=LIMITS, units=10, processes=4, in_flight=0)

    assert decision.denied is None


def test_so_many_at_a_time_is_a_share_too() -> None:
    limits = replace(LIMITS, concurrency=8)

    assert decided(LocalLimits(), limits=limits, in_flight=1).denied is None
    assert decided(LocalLimits(), limits=limits, in_flight=2).denied == "concurrency"


@pytest.mark.parametrize("policy", ["company", "concurrency"])
def test_a_policy_in_shadow_refuses_nobody_here_either(policy: str) -> None:
    limits = replace(LIMITS, quota=1, concurrency=1, shadow=frozenset({policy}))
    local = LocalLimits()
    decisions = [decided(local, limits=limits, in_flight=int(policy == "concurrency")) for _ in range(2)]
    refused = {each.denied for each in decisions}

    assert policy not in refused
    assert any(policy in each.shadowed for each in decisions)
