"""Which company this piece of work is done for.

The scope is a context variable: a new thread starts without one, and asking without one raises. Nothing here opens a
connection; `novapulse.tenancy.collection` reads the scope with every command.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bson import ObjectId

from novapulse.log import event

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

COMPANY_FIELD: Final = "company_id"
LOCATION_FIELD: Final = "location"

_ALPHA_2 = re.compile(r"[A-Z]{2}", re.ASCII)


class ScopeMissing(RuntimeError):  # noqa: N818  named after what happened, as all of the house's errors
    """Tenant data was asked for and no company is bound."""


class ScopeViolation(RuntimeError):  # noqa: N818  named after what happened
    """The work reached for another company's data, or for something no company may do."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One company and the country of its home (ISO 3166 alpha-2)."""

    company_id: ObjectId
    location: str


@dataclass(frozen=True, slots=True)
class _AcrossTenants:
    reason: str


_bound: ContextVar[Scope | _AcrossTenants | None] = ContextVar("novapulse_tenancy_scope", default=None)


def current() -> Scope:
    """Return the bound scope.

    Raises ScopeMissing when no company is bound, and inside `across_tenants`: there is no single company then.
    """
    bound = _bound.get()
    if isinstance(bound, Scope):
        return bound
    if bound is None:
        raise ScopeMissing("No company is bound: open `tenancy.scope.company(...)` around this work.")
    raise ScopeMissing(f"This work goes across tenants ({bound.reason}): there is no single company.")


def active() -> Scope | None:
    """Return the bound scope, or None when there is none or the work goes across tenants."""
    bound = _bound.get()
    return bound if isinstance(bound, Scope) else None


def goes_across() -> bool:
    """Say whether this work runs inside `across_tenants`."""
    return isinstance(_bound.get(), _AcrossTenants)


@contextmanager
def company(company_id: ObjectId, *, location: str) -> Iterator[Scope]:
    """Bind a company to the work inside the block; the state before is restored on exit.

    company_id: the company's ObjectId. location: ISO 3166 alpha-2 in capitals. The same company may be bound again
    inside; inside `across_tenants` any company may be bound, which narrows.

    Raises ScopeViolation when another company is already bound, or when an argument has the wrong shape.
    """
    scope = _checked(company_id, location)
    outer = active()
    if outer is not None and outer != scope:
        raise ScopeViolation(f"Company {outer.company_id} is bound: finish its work before {company_id} is bound.")
    token = _bound.set(scope)
    try:
        yield scope
    finally:
        _bound.reset(token)


@contextmanager
def across_tenants(reason: str) -> Iterator[None]:
    """Lift the scope inside the block: for commands, the admin and sweepers. The one escape hatch.

    reason: why, in words; it is logged.

    Refused inside a company scope: whoever serves one company must not be able to widen its own view. A sweeper goes
    the other way, `across_tenants` outside and `company` inside.

    Raises ScopeViolation when the reason is empty or a company is bound.
    """
    if not reason.strip():
        raise ScopeViolation("Say why this work goes across tenants.")
    inner = active()
    if inner is not None:
        raise ScopeViolation(f"Company {inner.company_id} is bound: its work cannot go across tenants ({reason}).")
    event(log, "tenancy.across_tenants", level=logging.DEBUG, reason=reason)
    token = _bound.set(_AcrossTenants(reason))
    try:
        yield
    finally:
        _bound.reset(token)


def _checked(company_id: ObjectId, location: str) -> Scope:
    if not isinstance(company_id, ObjectId):
        raise ScopeViolation(f"A company is named by its ObjectId, not by {type(company_id).__name__}.")
    if not isinstance(location, str) or _ALPHA_2.fullmatch(location) is None:
        raise ScopeViolation("A location is two capital letters (ISO 3166 alpha-2), such as DE.")
    return Scope(company_id=company_id, location=location)
