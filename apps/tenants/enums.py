"""The words of the tenants app."""

from enum import StrEnum


class CompanyStatus(StrEnum):
    """Whether a company's people may work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
