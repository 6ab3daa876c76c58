"""All proofs, in the order in which they are run."""

from __future__ import annotations

from tests.prove import (
    admin_scale,
    audit,
    backlog,
    canaries,
    company_life,
    delivery,
    failover,
    fairness,
    faults,
    hung,
    leases,
    limits,
    overload,
    parking,
    partition,
    redrive,
    revocation,
    rotation,
    sickness,
    strangers,
    telemetry,
    work,
)

PROOFS = (
    *limits.PROOFS,
    *fairness.PROOFS,
    *strangers.PROOFS,
    *rotation.PROOFS,
    *revocation.PROOFS,
    *leases.PROOFS,
    *faults.PROOFS,
    *partition.PROOFS,
    *failover.PROOFS,
    *sickness.PROOFS,
    *hung.PROOFS,
    *work.PROOFS,
    *delivery.PROOFS,
    *backlog.PROOFS,
    *parking.PROOFS,
    *redrive.PROOFS,
    *overload.PROOFS,
    *telemetry.PROOFS,
    *canaries.PROOFS,
    *audit.PROOFS,
    *company_life.PROOFS,
    *admin_scale.PROOFS,  # last: it fills the stores
)
