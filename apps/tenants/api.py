"""The front door of the tenants app: what other apps may ask about companies."""

from __future__ import annotations

from apps.tenants.countries import COUNTRIES
from apps.tenants.domain.census import census
from apps.tenants.domain.companies import (
    CompanyRecord,
    Outcome,
    companies,
    company,
    company_by_slug,
    company_named,
    create_company,
    every_company,
    hold_company,
    present,
    tombstones,
)
from apps.tenants.domain.credentials import end_access_tokens
from apps.tenants.domain.data_keys import destroy_data_keys, opening_key, sealing_key
from apps.tenants.domain.gate_changes import announce
from apps.tenants.domain.gate_changes import pending as pending_changes
from apps.tenants.domain.gate_changes import settle as settle_changes
from apps.tenants.domain.limits import MOST as MOST_LIMITS
from apps.tenants.domain.limits import Agreement, agree, agree_afresh, change_plan, limits_of
from apps.tenants.domain.second_factors import use as use_second_factors
from apps.tenants.domain.standing import ask_deletion, begin_deletion, entomb, make_read_only, resume, suspend
from apps.tenants.enums import CompanyStatus, PlanName

__all__ = [
    "COUNTRIES",
    "MOST_LIMITS",
    "NAME_MAX_LENGTH",
    "SLUG_PATTERN",
    "Agreement",
    "CompanyRecord",
    "CompanyStatus",
    "Outcome",
    "PlanName",
    "agree",
    "agree_afresh",
    "announce",
    "ask_deletion",
    "begin_deletion",
    "census",
    "change_plan",
    "companies",
    "company",
    "company_by_slug",
    "company_named",
    "create_company",
    "destroy_data_keys",
    "end_access_tokens",
    "entomb",
    "every_company",
    "hold_company",
    "limits_of",
    "make_read_only",
    "opening_key",
    "pending_changes",
    "present",
    "resume",
    "sealing_key",
    "settle_changes",
    "suspend",
    "tombstones",
    "use_second_factors",
]

NAME_MAX_LENGTH = 100

# Two characters tell companies apart, forty still fit into one label of a host name (RFC 1035: at most 63).
SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]\Z"
