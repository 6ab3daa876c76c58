"""Deletions of companies: asked for, waited with, begun, and told of by a certificate in the end (docs/companies.md).

1. Asked: in one transaction the company is closed, and a task is there that comes when its grace is over. Until then it
   stays as it is, and whoever resumes it has it back.
2. Begun: from here on it cannot be resumed. What is taken away is counted as it goes
   (`sweeping`), so that whoever goes on after a crash counts on.
3. Finished: tombstone, certificate and the record in the platform's chain are one transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Actor, ActorKind, ChainEnd, Entry
from apps.operations.documents import Deletion
from apps.operations.domain import certificates
from apps.operations.errors import CertificateNotOurs, NoSuchDeletion
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.data import transaction
from novapulse.tasks import enqueue
from novapulse.tenancy.removal import PATIENCE_SECONDS
from novapulse.tenancy.scope import Scope
from novapulse.web import rendering

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    Document = Mapping[str, Any]

CERTIFICATE_SCHEMA: Final = 1
_IN_HAND: Final = timedelta(hours=1)  # whoever deletes at once does it themself; then a worker does what they have left


@dataclass(frozen=True, slots=True)
class Terms:
    """Why a company is to be deleted, who says so, and for how long it can still be resumed."""

    reason: str
    by: str
    grace: timedelta


@dataclass(frozen=True, slots=True)
class DeletionRecord:
    """A deletion as it stood when it was read; `removed` counts by store and collection."""

    home: Scope
    slug: str
    asked_at: datetime
    asked_by: str
    reason: str
    delete_at: datetime
    begun_at: datetime | None
    removed: dict[str, dict[str, int]] = field(hash=False)
    chain: ChainEnd | None
    key_destroyed_at: datetime | None
    finished_at: datetime | None
    certificate: str | None
    public_key: dict[str, str] | None = field(hash=False)

    @property
    def company_id(self) -> ObjectId:
        """Give the company's id."""
        return self.home.company_id


def ask(slug: str, terms: Terms) -> DeletionRecord:
    """Close a company and note when it is to be deleted; asked again, the new terms count, unless it has begun.

    Raises NotFound.
    """
    return transaction.run(partial(_ask, slug, terms), max_seconds=PATIENCE_SECONDS)


def begin(company_id: ObjectId) -> DeletionRecord | None:
    """Begin, or go on; None where it is not time, or all is done.

    Where the company was resumed meanwhile, that it was to be deleted is forgotten.
    """
    return transaction.run(partial(_begin, {"_id": company_id}), max_seconds=PATIENCE_SECONDS)


def begin_by(ticket: ObjectId) -> DeletionRecord | None:
    """Begin, or go on, as its task; None as well where other terms count by now."""
    return transaction.run(partial(_begin, {"ticket": ticket}), max_seconds=PATIENCE_SECONDS)


def of_company(named: str) -> DeletionRecord:
    """Find the deletion of a company by its id or by the slug that it had; of several with one slug the latest.

    Raises NoSuchDeletion.
    """
    names: list[Any] = [{"slug": named}]
    if ObjectId.is_valid(named):
        names.append({"_id": ObjectId(named)})
    document = Deletion.collection().find_one({"$or": names}, sort=[("asked_at", -1)])
    if document is None:
        raise NoSuchDeletion(f"No company {named!r} was deleted, or is to be.")
    return _record(document)


def finished(company_ids: Iterable[ObjectId]) -> dict[ObjectId, ChainEnd]:
    """Tell which of these companies were deleted, and where the chain of each had ended."""
    found = Deletion.collection().find({"_id": {"$in": list(company_ids)}, "finished_at": {"$ne": None}}, {"chain": 1})
    return {each["_id"]: ChainEnd(**each["chain"]) for each in found}


def count(company_id: ObjectId, *, store: str, name: str, removed: int) -> None:
    """Add to what was taken away, in the caller's transaction if there is one."""
    if removed:
        _set(company_id, {"$inc": {f"removed.{store}.{name}": removed}})


def note_chain(company_id: ObjectId, end: ChainEnd) -> None:
    """Note where the company's chain ends, before any of it goes; whoever comes later finds less, and is not heard."""
    end_of_chain = {"records": end.records, "hash": end.hash}
    Deletion.collection().update_one({"_id": company_id, "chain": None}, {"$set": {"chain": end_of_chain}})


def note_key_destroyed(company_id: ObjectId, *, at: datetime) -> None:
    """Note that the data key is gone, in the transaction that deletes it; the first time counts."""
    Deletion.collection().update_one({"_id": company_id, "key_destroyed_at": None}, {"$set": {"key_destroyed_at": at}})


def finish(company_id: ObjectId) -> DeletionRecord:
    """Leave a tombstone and sign the certificate: what was to be taken away is; done already, it stays as it is.

    Raises NotFound, NoSuchDeletion.
    """
    return transaction.run(partial(_finish, company_id), max_seconds=PATIENCE_SECONDS)


def record_of(company_id: ObjectId) -> DeletionRecord:
    """Read the deletion of a company. Raises NoSuchDeletion."""
    return of_company(str(company_id))


def check_certificate(record: DeletionRecord) -> None:
    """See that its certificate is signed with the key that was kept with it, and says what the record says.

    Raises CertificateNotOurs.
    """
    said = certificates.read(record.certificate or "", key=record.public_key)
    if said != json.loads(rendering.encode(_content(record))):
        raise CertificateNotOurs("The certificate says something else than the deletion that it stands with.")


def _ask(slug: str, terms: Terms) -> DeletionRecord:
    outcome = tenants_api.ask_deletion(slug)
    company, now = outcome.company, clock.now()
    if not outcome.is_changed:
        known = Deletion.collection().find_one({"_id": company.id})
        if known is not None and known.get("begun_at") is not None:
            return _record(known)
        audit_api.record([Entry(Action.COMPANY_DELETION_ASKED, company.id, home=company.home)])
    audit_api.record([_told(Action.COMPANY_DELETION_ASKED, company.id, by=terms.by)])  # that of the company will go
    values = {
        "slug": company.slug,
        "ticket": ObjectId(),
        "location": company.country,
        "asked_at": now,
        "asked_by": terms.by,
        "reason": terms.reason,
        "delete_at": now + terms.grace,
        "removed": {},
    }
    document: Any = Deletion.collection().find_one_and_replace(
        {"_id": company.id}, values, upsert=True, return_document=ReturnDocument.AFTER
    )
    run_after = max(document["delete_at"], now + _IN_HAND)
    enqueue("apps.operations.tasks.delete_company", str(document["ticket"]), run_after=run_after)
    return _record(document)


def _begin(which: Document) -> DeletionRecord | None:
    where = {**which, "finished_at": None, "delete_at": {"$lte": clock.now()}}
    document = Deletion.collection().find_one_and_update(
        where,
        [{"$set": {"begun_at": {"$ifNull": ["$begun_at", clock.now()]}}}],
        return_document=ReturnDocument.AFTER,
    )
    if document is None:
        return None
    if not tenants_api.begin_deletion(document["_id"]):
        Deletion.collection().delete_one({"_id": document["_id"]})
        return None
    return _record(document)


def _finish(company_id: ObjectId) -> DeletionRecord:
    record = record_of(company_id)
    if record.finished_at is not None:
        return record
    tenants_api.entomb(company_id)
    _set(company_id, {"$set": {"finished_at": clock.now()}})
    record = record_of(company_id)
    end = record.chain or ChainEnd(0, "")
    told = _told(Action.COMPANY_DELETED, company_id, by=record.asked_by)
    ended = {"records": end.records, "hash": end.hash}
    audit_api.record([replace(told, details=ended, reason=record.reason)])
    signed = {"certificate": certificates.sign(_content(record)), "public_key": certificates.public_key()}
    _set(company_id, {"$set": signed})
    return record_of(company_id)


def _told(action: Action, company_id: ObjectId, *, by: str) -> Entry:
    """Tell the platform's chain, where it stays; of a deletion, since a company is nobody's but its own."""
    operator = Actor(ActorKind.OPERATOR, name=by)
    return Entry(action, company_id, kind="deletion", home=audit_api.PLATFORM, by=operator)


def _content(record: DeletionRecord) -> dict[str, Any]:
    return {
        "schema": CERTIFICATE_SCHEMA,
        "company": {"id": record.company_id, "slug": record.slug, "country": record.home.location},
        "asked_at": record.asked_at,
        "asked_by": record.asked_by,
        "reason": record.reason,
        "begun_at": record.begun_at,
        "deleted_at": record.finished_at,
        "removed": record.removed,
        "data_key": {"destroyed_at": record.key_destroyed_at},
        "audit": {"records": record.chain and record.chain.records, "hash": record.chain and record.chain.hash},
        "kept": ["tombstone", "certificate", "platform audit"],
    }


def _set(company_id: ObjectId, update: Document) -> None:
    Deletion.collection().update_one({"_id": company_id}, update)


def _record(document: Document) -> DeletionRecord:
    known: dict[str, Any] = {name: document.get(name) for name in _OPTIONAL}
    known |= {name: document[name] for name in _REQUIRED}
    chain = known.pop("chain")
    home = Scope(document["_id"], document["location"])
    return DeletionRecord(home=home, chain=None if not chain else ChainEnd(**chain), **known)


_REQUIRED = ("slug", "asked_at", "asked_by", "reason", "delete_at", "removed")
_OPTIONAL = ("begun_at", "chain", "key_destroyed_at", "finished_at", "certificate", "public_key")
