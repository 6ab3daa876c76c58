"""Troubles of the tenants app, as clients read them."""

from __future__ import annotations

import pytest

from apps.tenants.errors import QuotaExceeded
from novapulse.gate.decision import POLICIES, Limits
from novapulse.web import problems

LIMITS = Limits(quota=60, window_seconds=10, concurrency=3)


@pytest.mark.parametrize(
    ("policy", "detail"),
    [
        ("company", "Your company has used up its 60 units in 10 seconds."),
        ("principal", "You have used up your share of your company's quota while others of it are at work."),
        ("concurrency", "Your company has 3 requests under way, as many as it may at a time."),
    ],
)
def test_refusal_names_the_policy_to_programs_and_to_people(policy: str, detail: str) -> None:
    shown = problems.document(QuotaExceeded(policy, limits=LIMITS, retry_after_seconds=7))
    assert (shown["status"], shown["code"], shown["violated-policies"]) == (429, "quota-exceeded", [policy])
    assert (shown["type"], shown["detail"]) == ("urn:novapulse:problem:quota-exceeded", detail)


def test_refusal_has_words_for_every_policy() -> None:
    said = {QuotaExceeded(policy, limits=LIMITS, retry_after_seconds=1).detail for policy in POLICIES}
    assert len(said) == len(POLICIES)
