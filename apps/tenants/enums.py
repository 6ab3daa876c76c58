"""The words of the tenants app."""

from enum import StrEnum


class CompanyStatus(StrEnum):
    """Whether a company's people may work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class PlanName(StrEnum):
    """What a company has booked; `apps.tenants.plans` has the figures."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"
