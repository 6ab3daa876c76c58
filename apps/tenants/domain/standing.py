"""A company's way from state to state (docs/companies.md): who of it may come in, and who may do more than look.

One way is one transaction: the new status, what every process must hear of, be it the gate or a worker, the record of
the audit. Fails closed: what cannot be announced is not committed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants.documents import Company
from apps.tenants.domain.companies import TOMB, Outcome, company_named, record_of
from apps.tenants.domain.gate_changes import announce
from apps.tenants.domain.limits import NEXT_LIMITS_VERSION
from apps.tenants.enums import CompanyStatus
from apps.tenants.errors import StandingRefused
from novapulse import clock, log
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.gate.decision import Change, Level
from novapulse.queues import controls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId

    from apps.tenants.domain.companies import CompanyRecord

_logger = logging.getLogger("novapulse.tenants")

_ACTIVE, _READ_ONLY = CompanyStatus.ACTIVE, CompanyStatus.READ_ONLY
_SUSPENDED, _DELETING, _DELETED = CompanyStatus.SUSPENDED, CompanyStatus.DELETING, CompanyStatus.DELETED
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a state: from which others it may be gone, and what the audit calls it."""

    to: CompanyStatus
    sources: tuple[CompanyStatus, ...]
    told: Action


SUSPENDING: Final = Way(_SUSPENDED, (_ACTIVE, _READ_ONLY), Action.COMPANY_SUSPENDED)
RESUMING: Final = Way(_ACTIVE, (_READ_ONLY, _SUSPENDED, _DELETING), Action.COMPANY_RESUMED)
MAKING_READ_ONLY: Final = Way(_READ_ONLY, (_ACTIVE, _SUSPENDED), Action.COMPANY_MADE_READ_ONLY)
DELETING: Final = Way(_DELETING, (_ACTIVE, _READ_ONLY, _SUSPENDED), Action.COMPANY_DELETION_ASKED)


def suspend(slug: str) -> Outcome:
    """Refuse every credential of a company, and let nobody of it sign in, until it is resumed.

    Every process does so within a second after this returns. A company that is suspended already is left as it is.

    Raises NotFound, StandingRefused.
    """
    return go(slug, SUSPENDING)


def resume(slug: str) -> Outcome:
    """Let a company's people work again: they sign in, or go on by refresh tokens and API keys.

    Access tokens from before a suspension stay ended. One that is to be deleted is so no more.

    Raises NotFound, StandingRefused.
    """
    return go(slug, RESUMING)


def make_read_only(slug: str) -> Outcome:
    """Let a company's people read, export, and end sessions, and refuse whatever else would change something.

    Every process does so within a second after this returns.

    Raises NotFound, StandingRefused.
    """
    return go(slug, MAKING_READ_ONLY)


def go(slug: str, way: Way, *, also: Mapping[str, Any] = _NOTHING) -> Outcome:
    """Go a way, in the caller's transaction if there is one; nothing happens to a company that is there already.

    also: further fields that the company's document gets with it.

    Raises NotFound; StandingRefused where the way does not begin at the company's state.
    """
    return transaction.run(partial(_gone, slug, way, also=also))


def ask_deletion(slug: str) -> Outcome:
    """Close a company that is to be deleted, in the caller's transaction: `resume` brings it back until that begins.

    Raises NotFound.
    """
    return go(slug, DELETING)


def begin_deletion(company_id: ObjectId) -> bool:
    """Note that a company is being deleted, in the caller's transaction; False where it is not to be deleted.

    From then on it cannot be resumed, and workers throw its tasks away.
    """
    where = {"_id": company_id, "status": _DELETING.value}
    begun = {"$set": {"deletion_begun_at": {"$ifNull": ["$deletion_begun_at", clock.now()]}}}
    is_begun = Company.collection().update_one(where, [begun]).matched_count > 0
    if is_begun:
        controls.drop(str(company_id))
    return is_begun


def entomb(company_id: ObjectId) -> CompanyRecord:
    """Make a tombstone of a company that is being deleted, in the caller's transaction: its slug is free then.

    The tombstone says no more of it than the slug that it had. The caller records it, in the platform's chain. Nobody
    needs to hear of it, since the company is closed already.

    Raises NotFound where there is no such company, or it is not to be deleted any more.
    """
    fields = {
        "name": "$slug",
        "slug": {"$concat": ["$slug", TOMB, str(company_id)]},
        "status": _DELETED.value,
        "limit_overrides": {"$literal": {}},
        "updated_at": clock.now(),
    }
    where = {"_id": company_id, "status": _DELETING.value}
    document = Company.collection().find_one_and_update(where, [{"$set": fields}], return_document=ReturnDocument.AFTER)
    if document is None:
        raise NotFound
    return record_of(document)


def _gone(slug: str, way: Way, *, also: Mapping[str, Any]) -> Outcome:
    sources = [each.value for each in way.sources]
    where = {"slug": slug, "status": {"$in": sources}, "deletion_begun_at": None}
    document = _turned(where, way.to, also={name: {"$literal": value} for name, value in also.items()})
    if document is None:
        found = company_named(slug)
        if found.status is not way.to:
            raise StandingRefused(slug, found.status, to=way.to)
        return Outcome(found, is_changed=False)
    turned = record_of(document)
    audit_api.record([Entry(way.told, turned.id, home=turned.home)])
    company_id, status = str(turned.id), turned.status.value
    transaction.on_commit(partial(log.event, _logger, "tenants.company_turned", company_id=company_id, status=status))
    return Outcome(turned, is_changed=True)


def _turned(where: Mapping[str, Any], to: CompanyStatus, *, also: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give the company's document in its new status and have the gate hear of it; None where nothing was to be turned.

    The version of its limits rises each time, since they say as well whether it is read-only; that of its credentials
    when it closes, so that those from before are not good again when it opens.
    """
    fields = {
        **also,
        "status": to.value,
        "updated_at": clock.now(),
        "version": {"$add": ["$version", 1]},
        "limits_version": NEXT_LIMITS_VERSION,
        "credential_version": {"$add": ["$credential_version", int(not to.is_open)]},
    }
    document: dict[str, Any] | None = Company.collection().find_one_and_update(
        where, [{"$set": fields}], return_document=ReturnDocument.AFTER
    )
    if document is not None:
        company_id = str(document["_id"])
        heard = {Level.COMPANY: "credential_version", Level.LIMITS: "limits_version"}
        announce(Change(level, company_id, company_id, document[name]) for level, name in heard.items())
        _have_workers_hear(company_id, to)
    return document


def _have_workers_hear(company_id: str, status: CompanyStatus) -> None:
    if status.is_open:
        controls.unpark(company_id)
    else:
        controls.park(company_id, because=status.word)
