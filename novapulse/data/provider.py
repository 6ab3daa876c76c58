"""The small interface that every data provider has.

Failure: a provider never raises in `health()`; a dependency that is away is an answer there, not an exception.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pybreaker import STATE_CLOSED

from novapulse import clock
from novapulse.errors import Trouble
from novapulse.resilience.breaker import CircuitOpen

if TYPE_CHECKING:
    from novapulse.resilience.breaker import Breaker

ClientT = TypeVar("ClientT")


@dataclass(frozen=True, slots=True)
class Health:
    """How a dependency is: does it answer, in how many milliseconds, and the figures of our connections to it.

    state: its breaker's: closed, open or half-open.
    """

    name: str
    ok: bool
    latency_ms: float
    pool: dict[str, int] = field(default_factory=dict)
    detail: str = ""
    state: str = STATE_CLOSED


class Provider(abc.ABC, Generic[ClientT]):
    """A data store behind one door: connects at first use, anew after a fork."""

    name: str
    breaker: Breaker

    @abc.abstractmethod
    def client(self) -> ClientT:
        """Give the driver's own client, connected lazily, one per process."""

    @abc.abstractmethod
    def ping(self) -> None:
        """Make one round trip; raise Unavailable or TimedOut when it fails."""

    @abc.abstractmethod
    def pool(self) -> dict[str, int]:
        """Give the figures of the connection pool: open, in_use, max."""

    @abc.abstractmethod
    def close(self) -> None:
        """Close every connection; the next `client()` connects afresh."""

    def wedged_seconds(self) -> float:
        """Tell for how long every connection has been in use and none has come back; 0.0 where it is not so."""
        return 0.0

    def health(self) -> Health:
        """Ping, and tell the outcome with latency and pool figures."""
        started, detail = clock.monotonic(), ""
        try:
            self.ping()
        except CircuitOpen:
            detail = "It is not asked at the moment: its breaker is open."
        except Trouble as trouble:
            detail = trouble.detail
        return Health(
            self.name,
            ok=not detail,
            latency_ms=_since(started),
            pool=self.pool(),
            detail=detail,
            state=self.breaker.current_state,
        )


def _since(started: float) -> float:
    return round((clock.monotonic() - started) * 1000, 2)
