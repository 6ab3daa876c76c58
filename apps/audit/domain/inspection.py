"""What people who look at a chain are shown of its state: records that are not as they were sealed, and the last look.

`verification` walks a whole chain, which may be long; here the last records are walked, and those of a page compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from apps.audit.documents import AuditEvent, AuditHead
from apps.audit.domain import chain, sealing, verification
from novapulse import clock
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from novapulse.tenancy.scope import Scope

Document = dict[str, Any]

RECENT: Final = 1_000  # records: a tenth of a second


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the last records has found: from which number to which, when; fault: what is wrong, if anything.

    `length` is how many records the chain has now.
    """

    length: int
    first: int = 0
    last: int = 0
    at: datetime | None = None
    fault: str | None = None


def tampered(records: Sequence[Document]) -> frozenset[int]:
    """Tell which of these records of the bound company, by their numbers, are not as they were sealed.

    One command: for the hashes of those before them.
    """
    before = [each["sequence"] - 1 for each in records]
    found = AuditEvent.collection().find({"sequence": {"$in": before}}, {"sequence": 1, "hash": 1}, hint="sequence")
    hashes: dict[int, Any] = {0: chain.NOTHING, **{each["sequence"]: each["hash"] for each in found}}
    return frozenset(
        each["sequence"]
        for each in records
        if not verification.is_sealed(each, number=each["sequence"], after=hashes.get(each["sequence"] - 1))
    )


def look(home: Scope) -> Look:
    """Verify the last records of a chain, those that wait too, and keep what was found for the next who looks."""
    sealing.seal(home)
    first, verdict = verification.verify_recent(home, most=RECENT)
    at = clock.now()
    found = {"first": first, "last": first + verdict.records - 1, "at": at, "fault": verdict.fault}
    with scope.company(home.company_id, location=home.location):
        AuditHead.collection().update_one({"_id": home.company_id}, {"$set": {"looked": found}})
    return last_look(home)


def last_look(home: Scope) -> Look:
    """Give what was found last, by whoever looked; a look of nobody has no time."""
    with scope.company(home.company_id, location=home.location):
        head = AuditHead.collection().find_one({"_id": home.company_id}, {"sequence": 1, "looked": 1}) or {
            "sequence": 0
        }
    return Look(head["sequence"], **(head.get("looked") or {}))
