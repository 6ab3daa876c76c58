"""The front door of the auth app: what apps above may ask about people and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.domain import acting, memberships, permissions
from apps.auth.domain.bulk_members import NewMember, insert_members
from apps.auth.domain.colleagues import by_email as members_by_email
from apps.auth.domain.colleagues import emails as emails_of_members
from apps.auth.domain.colleagues import may
from apps.auth.domain.company_sessions import count as count_sessions_of_company
from apps.auth.domain.company_sessions import end_all as end_sessions_of_company
from apps.auth.domain.departures import Departed, depart, departing, leaving, people
from apps.auth.domain.key_ring import ring
from apps.auth.domain.last_used import last_used
from apps.auth.domain.members import owner_addresses
from apps.auth.domain.mfa import is_confirmed as has_second_factor
from apps.auth.domain.owners import OWNERS
from apps.auth.domain.restoration import Foreseen, roster
from apps.auth.domain.restoration import foresee as foresee_members
from apps.auth.domain.restoration import restore as restore_members
from apps.auth.domain.sessions import Device
from apps.auth.domain.signup import Application, Founded, sign_up
from apps.auth.domain.truths import truth_of
from apps.auth.enums import Role
from apps.tenants.errors import CompanyReadOnly, QuotaExceeded
from novapulse import context
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bson import ObjectId

    from novapulse.errors import Trouble

__all__ = [
    "OWNERS",
    "Application",
    "Departed",
    "Device",
    "Foreseen",
    "Founded",
    "NewMember",
    "Role",
    "active_members",
    "count_sessions_of_company",
    "depart",
    "departing",
    "emails_of_members",
    "end_actings_of",
    "end_sessions_of_company",
    "flush_last_used",
    "foresee_members",
    "forget_keys",
    "has_second_factor",
    "holds",
    "insert_members",
    "is_for_keys",
    "is_open_while_read_only",
    "leaving",
    "may",
    "members_by_email",
    "owner_addresses",
    "people",
    "problems_of_the_gate",
    "restore_members",
    "roles_with",
    "roster",
    "sign_up",
    "tidy",
    "truth_of",
]


def active_members(ids: Iterable[ObjectId]) -> frozenset[ObjectId]:
    """Tell which of these membership ids are active members of the bound company, by one command.

    ids: membership ids, in any number and order; none of them costs nothing.

    Raises ScopeMissing where no company is bound.
    """
    wanted = frozenset(ids)
    company_id = scope.current().company_id
    return memberships.active_among(wanted, company_id=company_id) if wanted else wanted


def end_actings_of(operator: str) -> int:
    """End whatever a member of staff, by their account, acts as; tell how many that were."""
    return acting.end_all_of(operator)


def tidy() -> None:
    """Do what can wait: write when API keys were used last, tell companies that staff do not act as members any more.

    Fails open: what MongoDB does not take is done the next time.
    """
    flush_last_used()
    acting.tell_ended()


def problems_of_the_gate(permission: str) -> tuple[type[Trouble], ...]:
    """List what the gate may refuse an operation with that wants a permission, besides bad credentials."""
    return (QuotaExceeded, CompanyReadOnly) if permissions.is_change(permission) else (QuotaExceeded,)


def flush_last_used() -> None:
    """Write when API keys were used last in this process, by one command; nothing where none was used since.

    Fails open, within two seconds: what cannot be written is kept for the next time.
    """
    last_used.flush()


def forget_keys() -> None:
    """Trust no signing key that this process has read before now: the next use reads them.

    For whoever hears that one was added, activated or retired. Asks no store itself, so it cannot fail.
    """
    ring.refresh()


def roles_with(permission: str) -> tuple[str, ...]:
    """Name the roles that hold a permission of the table, the mightiest first."""
    return tuple(role.value for role in Role if role in permissions.TABLE[permission])


def is_for_keys(permission: str) -> bool:
    """Tell whether an API key may hold a permission."""
    return permission in permissions.OF_KEYS


def is_open_while_read_only(permission: str) -> bool:
    """Tell whether a permission is left where a company is read-only."""
    return not permissions.is_change(permission)


def holds(permission: str) -> bool:
    """Tell whether whoever asks holds a permission of the permission table, by the role that their token carries.

    Raises LookupError outside of an authenticated request.
    """
    principal = context.principal()
    return permissions.is_granted(permission, role=principal.role, scopes=principal.scopes)
