"""The words of the tenants app."""

from enum import StrEnum


class CompanyStatus(StrEnum):
    """Where a company is in its life (docs/companies.md): what its people may do, and what becomes of its tasks."""

    ACTIVE = "active"
    READ_ONLY = "read_only"
    SUSPENDED = "suspended"
    DELETING = "deleting"  # waits for its end, until when it can be resumed
    DELETED = "deleted"  # a tombstone: nothing of it is left but that it was

    @property
    def word(self) -> str:
        """Give it as people read and write it."""
        return self.value.replace("_", "-")

    @property
    def is_open(self) -> bool:
        """Tell whether credentials are good and people may sign in; what they may then do is another matter."""
        return self in {CompanyStatus.ACTIVE, CompanyStatus.READ_ONLY}


class PlanName(StrEnum):
    """What a company has booked; `apps.tenants.plans` has the figures."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"
