"""The limits of `decide.lua` once more, for requests that have been: what other limits would have refused.

It goes by the numbers of that script, in the same whole microseconds; a test holds the two against each other. Each
policy is taken as enforced. Nothing here decides about a request that is under way.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from novapulse.gate.decision import COMPANY_POLICY, CONCURRENCY_POLICY, PRINCIPAL_POLICY

if TYPE_CHECKING:
    from novapulse.gate.decision import Limits

_MICROSECONDS: Final = 1_000_000
_ACTIVE: Final = 30 * _MICROSECONDS  # as in the script


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: who asked at which microsecond, for how many units, and until when it was at work."""

    at: int
    principal: str
    units: int
    until: int


class Replay:
    """One company's limits, with nothing used; asked for one request after the other, as they came."""

    def __init__(self, limits: Limits) -> None:
        """Take the limits that are tried."""
        self._quota, self._most = limits.quota, limits.concurrency
        self._period = -(-limits.window_seconds * _MICROSECONDS // limits.quota)
        self._capacity = self._quota * self._period
        self._tat = 0
        self._own_tats: dict[str, int] = {}
        self._seen: dict[str, int] = {}  # in the order of the last time
        self._leases: list[tuple[int, str]] = []  # a heap, by when each ends
        self._held: Counter[str] = Counter()

    def refusal_of(self, asked: Asked) -> str | None:
        """Name the policy that would have refused; None where the request would have been let in, and is."""
        self._forget(asked.at)
        self._seen.pop(asked.principal, None)
        self._seen[asked.principal] = asked.at
        # 3. The company's quota.
        now, period, capacity, principals = asked.at, self._period, self._capacity, len(self._seen)
        tat = min(max(self._tat, now), now + capacity)
        after = tat + min(asked.units, self._quota) * period
        # 4. The principal's share of it.
        share = max(1, self._quota // principals)
        own_period = period * principals
        own_capacity = share * own_period
        own_tat = min(max(self._own_tats.get(asked.principal, 0), now), now + own_capacity)
        own_after = own_tat + min(asked.units, share) * own_period
        # 6. Who refuses.
        if after - now > capacity:
            return COMPANY_POLICY
        if principals > 1 and own_after - now > own_capacity and 2 * (after - now) > capacity:
            return PRINCIPAL_POLICY
        refusal = self._crowding(asked.principal)
        # 7. All is written, or nothing.
        if refusal is None:
            self._tat, self._own_tats[asked.principal] = after, min(own_after, now + own_capacity)
            heapq.heappush(self._leases, (asked.until, asked.principal))
            self._held[asked.principal] += 1
        return refusal

    def _crowding(self, principal: str) -> str | None:
        """5. Requests at a time; once half of them are taken, a principal has a share of these too."""
        in_flight, principals = len(self._leases), len(self._seen)
        own = self._held[principal] if principals > 1 and in_flight * 2 >= self._most else 0
        if own >= max(1, self._most // principals):
            return PRINCIPAL_POLICY
        return CONCURRENCY_POLICY if in_flight >= self._most else None

    def _forget(self, now: int) -> None:
        """Leave out who has not asked for long, and what is over."""
        for principal, at in list(self._seen.items()):
            if at > now - _ACTIVE:
                break
            del self._seen[principal]
        while self._leases and self._leases[0][0] <= now:
            _, principal = heapq.heappop(self._leases)
            self._held[principal] -= 1
