"""The figures of the audit app."""

from __future__ import annotations

from typing import Final

from bson import ObjectId

from novapulse.tenancy.scope import Scope

# What belongs to no company has a chain of its own, under an id that no ObjectId of a company can be (its time is 1970)
# and a country that ISO 3166 leaves to its users.
PLATFORM: Final = Scope(ObjectId("0" * 24), "ZZ")

SEAL_BATCH: Final = 500  # records of one company that one transaction seals
GATHER_SECONDS: Final = 0.1  # after a commit: what follows at once is sealed in the same transaction
SWEEP_SECONDS: Final = 1.0  # how often a process looks for what another has left
SWEEP_MOST: Final = 5_000  # waiting records that one look takes in
LATE_SECONDS: Final = 60.0  # a record that waits this long is told of by `audit verify`

VERIFY_BATCH: Final = 1_000
EXPORT_BATCH: Final = 500

DETAIL_MAX: Final = 64  # characters of a word among the details
# What may be told by its value: words of ours, counts and flags. Everything else is told by its name alone.
DETAILS: Final = frozenset(
    {
        "access",
        "comments",
        "companies",
        "company",
        "deliveries",
        "hash",
        "indexes",
        "kind",
        "members",
        "mfa_required",
        "plan",
        "priority",
        "projects",
        "records",
        "role",
        "sessions",
        "state",
        "status",
        "tasks",
    }
)
