"""The limits while Redis is away: those of the company, at the share of one process.

Closed rather than open: nothing is admitted beyond the share, so that all processes together admit no more than one
more burst than the company has. What was used here stays so when Redis is back: one that comes and goes gives no burst
each time. The share of a principal waits for Redis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from novapulse.gate.decision import COMPANY_POLICY, CONCURRENCY_POLICY, Decision, Usage
from novapulse.resilience.limiter import Limiter

if TYPE_CHECKING:
    from novapulse.gate.decision import Limits

_MOST_COMPANIES: Final = 10_000
_BUSY_SECONDS: Final = 1.0


class LocalLimits:
    """What this process has admitted by itself."""

    def __init__(self) -> None:
        """Start with nothing used."""
        self._limiter = Limiter(_MOST_COMPANIES)

    def decide(self, company_id: str, *, limits: Limits, units: int, processes: int, in_flight: int) -> Decision:
        """Decide for one of so many processes, which has `in_flight` requests of the company at work."""
        quota, concurrency = max(1, limits.quota // processes), max(1, limits.concurrency // processes)
        busy = in_flight >= concurrency
        if busy and CONCURRENCY_POLICY not in limits.shadow:
            seen = self._limiter.take(company_id, quota=quota, window_seconds=limits.window_seconds, units=0)
            usage = Usage(limits, seen.remaining, seen.reset_seconds, in_flight, is_local=True)
            return Decision(usage, denied=CONCURRENCY_POLICY, retry_after_seconds=_BUSY_SECONDS)
        taken = self._limiter.take(
            company_id, quota=quota, window_seconds=limits.window_seconds, units=min(units, quota)
        )
        usage = Usage(limits, taken.remaining, taken.reset_seconds, in_flight + 1, is_local=True)
        refused = () if taken.allowed else (COMPANY_POLICY,)
        if refused and COMPANY_POLICY not in limits.shadow:
            return Decision(usage, denied=COMPANY_POLICY, retry_after_seconds=taken.retry_after_seconds)
        shadowed = (*refused, *((CONCURRENCY_POLICY,) if busy else ()))
        return Decision(usage, shadowed=shadowed, company_id=company_id)
