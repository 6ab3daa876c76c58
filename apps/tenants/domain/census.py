"""How many companies there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bson import ObjectId

from apps.tenants.documents import Company
from apps.tenants.enums import CompanyStatus
from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Census:
    """Companies by their status, and how many were founded since midnight (UTC)."""

    by_status: Mapping[CompanyStatus, int]
    new_today: int


def census() -> Census:
    """Count the companies, by the keys of indexes alone: an id begins with the time of its making."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    found = Company.collection()
    by_status = {status: found.count_documents({"status": status.value}) for status in CompanyStatus}
    return Census(by_status, found.count_documents({"_id": {"$gte": ObjectId.from_datetime(midnight)}}))
