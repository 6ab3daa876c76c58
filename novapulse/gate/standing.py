"""How far companies have used what they may, over all processes: for people who look, as in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from novapulse.errors import Unavailable
from novapulse.gate import gate
from novapulse.gate.decision import Limits, Usage
from novapulse.gate.store import StoreAway

if TYPE_CHECKING:
    from collections.abc import Iterable

    from novapulse.gate.store import Row

_MICROSECONDS: Final = 1_000_000


def usage_of(company_ids: Iterable[str]) -> dict[str, Usage]:
    """Give the usage of companies by their ids, one round trip for each; who is left out has used nothing lately.

    Raises Unavailable where Redis is away: then each process counts its own share, and nobody knows the whole.
    """
    known = gate.current()
    if known.circuit.is_open:
        raise Unavailable(_AWAY)
    try:
        found = {company_id: known.store.peek(company_id) for company_id in company_ids}
    except StoreAway as error:
        known.circuit.failed()
        raise Unavailable(_AWAY) from error
    return {company_id: _usage(row) for company_id, row in found.items() if row}


_AWAY: Final = "Redis does not answer; each process counts by itself meanwhile."


def _usage(row: Row) -> Usage:
    quota, window, concurrency, version, shadow, remaining, reset, in_flight = row
    policies = frozenset(shadow.decode().split(",")) if shadow else frozenset[str]()
    return Usage(Limits(quota, window, concurrency, policies, version), remaining, reset / _MICROSECONDS, in_flight)


def share(usage: Usage) -> float:
    """Tell which part of its limits a company has used, from 0 to 1: of its quota or its places, whichever is more."""
    limits = usage.limits
    return max(1 - usage.remaining / limits.quota, min(usage.in_flight / limits.concurrency, 1.0))
