"""The version of a company's credentials: what every access token of it carries, and what ends them all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymongo import ReturnDocument

from apps.tenants.documents import Company
from apps.tenants.domain.companies import not_going, record_of
from apps.tenants.domain.gate_changes import announce
from novapulse.errors import NotFound
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from bson import ObjectId

    from apps.tenants.domain.companies import CompanyRecord


def end_access_tokens(company_id: ObjectId) -> CompanyRecord:
    """Refuse every access token of a company that was issued before, inside the caller's transaction.

    Every process does so within a second of the commit. Sessions go on by their refresh tokens, and API keys as well.
    The company's own version stays: what clients see of it has not changed.

    Raises NotFound; CompanyGoing where its deletion has begun.
    """
    document = Company.collection().find_one_and_update(
        {"_id": company_id}, {"$inc": {"credential_version": 1}}, return_document=ReturnDocument.AFTER
    )
    if document is None:
        raise NotFound
    record = not_going(record_of(document))
    version = record.credential_version
    announce([Change(Level.COMPANY, str(company_id), company_id=str(company_id), version=version)])
    return record
