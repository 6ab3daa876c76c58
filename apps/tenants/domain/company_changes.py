"""What the admins of a company change of it: its name, and whether its people need a second factor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants.documents import Company
from apps.tenants.domain import second_factors
from apps.tenants.domain.companies import company, record_of
from apps.tenants.domain.gate_changes import announce
from apps.tenants.errors import SecondFactorMissing
from novapulse import clock
from novapulse.data import transaction
from novapulse.errors import Denied
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from bson import ObjectId

    from apps.tenants.domain.companies import CompanyRecord
    from novapulse.context import Principal


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a company shall be; None leaves it as it is."""

    name: str | None = None
    mfa_required: bool | None = None


def change(company_id: ObjectId, *, wanted: Wanted, version: int, by: Principal) -> CompanyRecord | None:
    """Change a company if it still has the version that the caller has read; None where it has moved on.

    Whoever turns the second factor on must have one. It ends every access token of the company: the next one that a
    member without a second factor gets is good for enrolling one and for nothing else.

    by: whoever asks. One whom their credential narrows, as every API key does, cannot lift what a company requires.

    Raises Denied, SecondFactorMissing, NotFound.
    """
    if wanted.mfa_required is not None and by.scopes is not None:
        raise Denied
    if wanted.mfa_required and not second_factors.has_one(by.identity_id):
        raise SecondFactorMissing
    return transaction.run(partial(_change, company_id, wanted=wanted, version=version))


def _change(company_id: ObjectId, *, wanted: Wanted, version: int) -> CompanyRecord | None:
    before = company(company_id)
    ends_tokens = wanted.mfa_required is True and not before.mfa_required
    named = {"name": wanted.name, "mfa_required": wanted.mfa_required}
    changes = {field: value for field, value in named.items() if value is not None}
    document: dict[str, Any] | None = Company.collection().find_one_and_update(
        {"_id": company_id, "version": version},
        {
            "$set": {**changes, "updated_at": clock.now()},
            "$inc": {"version": 1, "credential_version": int(ends_tokens)},
        },
        return_document=ReturnDocument.AFTER,
    )
    if document is None:
        return None
    if ends_tokens:
        raised, subject = document["credential_version"], str(company_id)
        announce([Change(Level.COMPANY, subject, company_id=subject, version=raised)])
    after = record_of(document)
    audit_api.record([_told(before, after)])
    return after


def _told(before: CompanyRecord, after: CompanyRecord) -> Entry:
    changed = [name for name in ("name", "mfa_required") if getattr(before, name) != getattr(after, name)]
    details = {"mfa_required": (before.mfa_required, after.mfa_required)} if "mfa_required" in changed else {}
    return Entry(Action.COMPANY_UPDATED, after.id, changed=changed, details=details, home=after.home)
