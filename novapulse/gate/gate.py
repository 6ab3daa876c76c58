"""The gate of this process, and how the rest of the house reaches it.

Failure policy: without Redis the company's limit holds here at this process' share, and revocation asks MongoDB; what
is decided is never an error and never waits. Without MongoDB Redis answers, and what it does not know raises what the
loader raised (a 503). Nobody is ever told that their credential is bad because a store is away.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from novapulse.gate.announced import Announced
from novapulse.gate.circuit import Circuit
from novapulse.gate.decision import Decision, Level, Limits, Usage
from novapulse.gate.leases import Leases
from novapulse.gate.local import LocalLimits
from novapulse.gate.store import StoreAway
from novapulse.gate.truths import Truths
from novapulse.telemetry import meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from novapulse.gate.decision import Change, Credential, Truth
    from novapulse.gate.store import GateStore, Row

_TRIES: Final = 3  # a miss, and another one where something has changed meanwhile
_ASSUMED_PROCESSES: Final = 4  # where Redis was away since this process began: less than the limit rather than more
_MICROSECONDS: Final = 1_000_000
_MEMORY, _REDIS, _MONGODB = "memory", "redis", "mongodb"  # who has told
_decisions: Final = meter.counter("novapulse.gate.decisions")


class Gate:
    """Decides about requests, and passes on what has changed; `watch` keeps it up to date."""

    def __init__(self, store: GateStore, *, truth_of: Callable[[Credential], Truth], lease_seconds: float) -> None:
        """Take the store, the loader of the truth, and after how long a request that was not ended is forgotten."""
        self.store = store
        self.circuit = Circuit()
        self.announced = Announced()
        self.leases = Leases()
        self.local = LocalLimits()
        self.processes = _ASSUMED_PROCESSES
        self._truths = Truths(truth_of)
        self._here = threading.Lock()
        self._lease_seconds = lease_seconds

    def decide(self, credential: Credential, *, units: int) -> Decision:
        """Decide about a request: by one round trip to Redis, or without it by MongoDB and this process' share.

        units: what the request costs of the quota. Whatever is decided must be given to `end` when the request is over.

        Raises what the loader of the truth raises, where neither Redis nor MongoDB knows.
        """
        ended = self.announced.ends(credential)
        if ended is not None:
            return _counted(Decision(revoked=ended), by=_MEMORY)
        return self._decide(credential, units=units)

    def end(self, decision: Decision) -> None:
        """Give back what a request that was let in had of its company's concurrency."""
        if decision.company_id:
            self.leases.end(decision.company_id, lease=decision.lease)

    def project(self, changes: Iterable[Change]) -> None:
        """Write changes to Redis, before the call that made them returns; where it is away, `watch` does it later."""
        self._truths.forget()
        if self.circuit.is_open:
            return
        try:
            self.store.project(changes)
        except StoreAway:
            self.circuit.failed()

    def _decide(self, credential: Credential, *, units: int) -> Decision:
        if self.circuit.is_open:
            return _counted(self._decide_here(credential, units=units), by=_MONGODB)
        try:
            return _counted(self._decide_in_redis(credential, units=units), by=_REDIS)
        except StoreAway:
            self.circuit.failed()
            return _counted(self._decide_here(credential, units=units), by=_MONGODB)

    def _decide_in_redis(self, credential: Credential, *, units: int) -> Decision:
        for _ in range(_TRIES):
            decision = self._ask(credential, units=units)
            if decision is not None:
                return decision
            truth = self._truths.fresh(credential)
            if truth.is_of_company:
                self.store.fill(credential, truth=truth)
            ended = truth.ends(credential)
            if ended is not None:
                return Decision(revoked=ended)
        return self._decide_here(credential, units=units)  # it does not keep what it is told of this one

    def _ask(self, credential: Credential, *, units: int) -> Decision | None:
        """Ask Redis; None for a miss."""
        company_id = credential.company_id
        lease, over = f"{credential.membership_id}:{self.leases.name()}", self.leases.over(company_id)
        try:
            row = self.store.decide(credential, units=units, lease=lease, lease_seconds=self._lease_seconds, over=over)
        except StoreAway:
            # What hangs may do it yet when it wakes up, and nobody will hold that lease.
            self.leases.restore({company_id: [*over, lease]})
            raise
        if row[0] != b"good":  # nothing was written, so nothing was given back either
            self.leases.restore({company_id: over})
        return None if row[0] == b"miss" else self._let_in(_read(row, company_id=company_id, lease=lease))

    def _decide_here(self, credential: Credential, *, units: int) -> Decision:
        truth = self._truths.recent(credential)
        ended = truth.ends(credential)
        if ended is not None:
            return Decision(revoked=ended)
        company_id = credential.company_id
        with self._here:  # of those who look at the same time how many are in flight, each counts
            decision = self.local.decide(
                company_id,
                limits=truth.limits,
                units=units,
                processes=self.processes,
                in_flight=self.leases.in_flight(company_id),
            )
            return self._let_in(decision)

    def _let_in(self, decision: Decision) -> Decision:
        if decision.company_id:
            self.leases.begin(decision.company_id)
        return decision


def _counted(decision: Decision, *, by: str) -> Decision:
    verdict = "revoked" if decision.revoked is not None else "limited" if decision.denied else "allowed"
    _decisions.add(1, {"verdict": verdict, "by": by})
    return decision


def _read(row: Row, *, company_id: str, lease: str) -> Decision:
    if row[0] == b"revoked":
        return Decision(revoked=Level(row[1].decode()))
    _, denied, remaining, reset, retry, in_flight, quota, window, concurrency, version, shadow, shadowed, frozen = row
    limits = Limits(quota, window, concurrency, _names(shadow), version, is_read_only=bool(frozen))
    return Decision(
        Usage(limits, remaining, reset / _MICROSECONDS, in_flight),
        denied=denied.decode() or None,
        retry_after_seconds=retry / _MICROSECONDS,
        shadowed=tuple(_names(shadowed)),
        company_id="" if denied else company_id,
        lease="" if denied else lease,
    )


def _names(joined: bytes) -> frozenset[str]:
    return frozenset(joined.decode().split(",")) if joined else frozenset()


_gate: Gate | None = None


def use(gate: Gate) -> None:
    """Make this the gate of the process."""
    global _gate  # noqa: PLW0603  the process has one gate
    _gate = gate


def current() -> Gate:
    """Give the gate of the process; a LookupError where the wiring has made none is a mistake in the code."""
    if _gate is None:
        raise LookupError("no gate in this process")
    return _gate
