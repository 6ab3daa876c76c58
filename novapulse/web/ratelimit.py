"""The headers that tell a client how much of its limits is left: the one place that knows the draft of their names."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from novapulse.gate.decision import COMPANY_POLICY, CONCURRENCY_POLICY, PRINCIPAL_POLICY

if TYPE_CHECKING:
    from novapulse.gate.decision import Limits, Usage

DRAFT: Final = "draft-ietf-httpapi-ratelimit-headers-11"
POLICY_HEADER: Final = "RateLimit-Policy"  # section 3: what is allowed
USAGE_HEADER: Final = "RateLimit"  # section 4: what is left of it


def headers(usage: Usage, *, denied: str | None = None, retry_after_seconds: float = 0.0) -> dict[str, str]:
    """Give the headers as lists of structured fields (RFC 9651, 3.1): the company's quota, and the policy that refuses.

    denied: that policy, None where none does. retry_after_seconds: when it would let the request in. `t` is when the
    whole quota is there again, or of a policy that refuses, when it is worth trying: never later than Retry-After.
    """
    wait = ceil(retry_after_seconds)
    reset = wait if denied == COMPANY_POLICY else ceil(usage.reset_seconds)
    policies = [_windowed(COMPANY_POLICY, usage.limits)]
    states = [f'"{COMPANY_POLICY}";r={usage.remaining};t={reset}']
    if denied == PRINCIPAL_POLICY:
        policies.append(_windowed(PRINCIPAL_POLICY, usage.limits))
    if denied == CONCURRENCY_POLICY:
        policies.append(f'"{CONCURRENCY_POLICY}";q={usage.limits.concurrency};qu="concurrent-requests"')
    if denied not in {None, COMPANY_POLICY}:
        states.append(f'"{denied}";r=0;t={wait}')
    return {POLICY_HEADER: ", ".join(policies), USAGE_HEADER: ", ".join(states)}


def _windowed(policy: str, limits: Limits) -> str:
    return f'"{policy}";q={limits.quota};w={limits.window_seconds}'
