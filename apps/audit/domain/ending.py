"""Where a company's chain ends, for good: told before the company is deleted, and its chain with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apps.audit.documents import AuditEvent, AuditHead, AuditPending
from apps.audit.domain import sealing
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from novapulse.tenancy.scope import Scope

# In the order in which they go: what waits first, so that nothing is sealed any more; the end of the chain last.
DOCUMENTS: Final = (AuditPending, AuditEvent, AuditHead)


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """How many records a chain had, and the hash of the last one, in hexadecimal digits; of none, empty."""

    records: int
    hash: str


def end_of(home: Scope) -> ChainEnd:
    """Seal what waits of a company, and tell where its chain ends."""
    sealing.seal(home)
    with scope.company(home.company_id, location=home.location):
        head = AuditHead.collection().find_one({})
    return ChainEnd(0, "") if head is None else ChainEnd(int(head["sequence"]), bytes(head["hash"]).hex())
