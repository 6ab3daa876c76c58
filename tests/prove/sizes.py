"""How large each proof is: in continuous integration, and in full."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Counts and lengths of the proofs; rates are the same in both sizes."""

    bursts: int
    edge_seconds: float
    minute_edges: int
    plan_changes: int
    share_seconds: float
    quiet_requests: int
    flushed_requests: int
    rotations: int
    at_once: tuple[int, ...]
    revocations: int
    fault_requests: int
    partitions: int
    kills: int
    failovers: int
    hung_seconds: float
    policy_tries: int
    policy_faults: int
    overload_seconds: float
    worker_kills: int
    commit_kills: int
    backlog: int
    letters: int
    outage_seconds: float
    telemetry_seconds: float
    audit_kills: int
    audit_attacks: int
    audit_seconds: float
    company_tasks: int
    company_kills: int
    scale_companies: int
    scale_tasks: int

    flights: int
    interleaved: int


SHORT = Size(
    bursts=3,
    edge_seconds=6,
    minute_edges=0,
    plan_changes=3,
    share_seconds=4,
    quiet_requests=300,
    flushed_requests=400,
    rotations=5,
    at_once=(12, 50),
    revocations=1,
    fault_requests=250,
    partitions=1,
    kills=1,
    failovers=1,
    hung_seconds=5,
    policy_tries=1,
    policy_faults=3,
    overload_seconds=8,
    worker_kills=15,
    commit_kills=4,
    backlog=1_500,
    letters=30,
    outage_seconds=5,
    telemetry_seconds=20,
    flights=1,
    interleaved=402,
    audit_kills=16,
    audit_attacks=4,
    audit_seconds=3,
    company_tasks=1_000,
    company_kills=1,
    scale_companies=300,
    scale_tasks=12_000,
)

FULL = Size(
    bursts=10,
    edge_seconds=40,
    minute_edges=2,
    plan_changes=10,
    share_seconds=20,
    quiet_requests=1000,
    flushed_requests=2000,
    rotations=50,
    at_once=(12, 20, 50),
    revocations=10,
    fault_requests=1000,
    partitions=5,
    kills=3,
    failovers=20,
    hung_seconds=20,
    policy_tries=3,
    policy_faults=5,
    overload_seconds=30,
    worker_kills=100,
    commit_kills=200,
    backlog=10_000,
    letters=1_000,
    outage_seconds=60,
    telemetry_seconds=120,
    flights=5,
    interleaved=20_001,
    audit_kills=100,
    audit_attacks=20,
    audit_seconds=20,
    company_tasks=20_000,
    company_kills=6,
    scale_companies=10_000,
    scale_tasks=1_000_000,
)
