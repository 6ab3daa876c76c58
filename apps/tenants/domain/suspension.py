"""Suspending a company, so that nobody of it can work, and letting it work again."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants.documents import Company
from apps.tenants.domain.companies import Outcome, company_named, record_of
from apps.tenants.domain.gate_changes import announce
from apps.tenants.enums import CompanyStatus
from novapulse import clock, log
from novapulse.data import transaction
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from collections.abc import Mapping

_logger = logging.getLogger("novapulse.tenants")


def suspend(slug: str) -> Outcome:
    """Refuse every credential of a company, and let nobody of it sign in, until it is resumed.

    Every process does so within a second after this returns. A company that is suspended already is left as it is.
    Fails closed: what cannot be announced to the gate is not committed.

    Raises NotFound.
    """
    return transaction.run(partial(_suspend, slug))


def resume(slug: str) -> Outcome:
    """Let a company's people sign in again, or go on by refresh tokens and API keys; their access tokens stay ended.

    Raises NotFound.
    """
    return transaction.run(partial(_resume, slug))


def _resume(slug: str) -> Outcome:
    document = _turned(slug, CompanyStatus.ACTIVE, raising={"version": 1})
    if document is None:
        return Outcome(company_named(slug), is_changed=False)
    resumed = record_of(document)
    audit_api.record([Entry(Action.COMPANY_RESUMED, resumed.id, home=resumed.home)])
    transaction.on_commit(partial(log.event, _logger, "tenants.company_resumed", company_id=str(resumed.id)))
    return Outcome(resumed, is_changed=True)


def _suspend(slug: str) -> Outcome:
    document = _turned(slug, CompanyStatus.SUSPENDED, raising={"version": 1, "credential_version": 1})
    if document is None:
        return Outcome(company_named(slug), is_changed=False)
    company_id = str(document["_id"])
    announce([Change(Level.COMPANY, company_id, company_id=company_id, version=document["credential_version"])])
    suspended = record_of(document)
    audit_api.record([Entry(Action.COMPANY_SUSPENDED, suspended.id, home=suspended.home)])
    transaction.on_commit(partial(log.event, _logger, "tenants.company_suspended", company_id=company_id))
    return Outcome(suspended, is_changed=True)


def _turned(slug: str, status: CompanyStatus, *, raising: Mapping[str, int]) -> dict[str, Any] | None:
    """Give the company's document in its new status, None where nothing was to be turned."""
    document: dict[str, Any] | None = Company.collection().find_one_and_update(
        {"slug": slug, "status": {"$ne": status.value}},
        {"$set": {"status": status.value, "updated_at": clock.now()}, "$inc": dict(raising)},
        return_document=ReturnDocument.AFTER,
    )
    return document
