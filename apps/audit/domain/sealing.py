"""Sealing: what waits becomes the next records of its company's chain.

It happens after the commit of the change: inside of it, every change of a company would wait for the one before, since
each record follows on another.

In one transaction, for one company:
1. Read the end of the chain, and what waits, the oldest first.
2. Number and link the records. What is not genuine was written by somebody else: it is thrown away, and a record of
   ours tells so in its place.
3. Move the end of the chain on, if it is where it was read. Of two sealers at once MongoDB lets one go first; the other
   starts again from 1, and finds nothing, or less.
4. Insert the sealed records, delete those that waited.

Whatever dies in between leaves the records waiting, whole.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from apps.audit import conf
from apps.audit.documents import AuditEvent, AuditHead, AuditPending
from apps.audit.domain import chain
from apps.audit.domain.actors import Actor
from apps.audit.enums import Action, ActorKind, Outcome
from novapulse import clock, log
from novapulse.data import transaction
from novapulse.tenancy import scope
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = dict[str, Any]

logger = logging.getLogger("novapulse.audit")


def homes(company_ids: Iterable[ObjectId] | None = None) -> list[Scope]:
    """List the companies of which something waits, of these or of all: one command."""
    where: Document = {} if company_ids is None else {"company_id": {"$in": list(company_ids)}}
    fields = {"company_id": 1, "location": 1, "_id": 0}
    found = AuditPending.collection().find(where, fields, sort=[("_id", 1)], limit=conf.SWEEP_MOST)
    return list(dict.fromkeys(Scope(each["company_id"], each["location"]) for each in found))


def seal(home: Scope) -> int:
    """Seal all that waits of a company, batch by batch; tell how many records that were.

    No scope, or that of the company, is bound. Raises what MongoDB raises where it is away: the records wait on then.
    """
    count = 0
    with scope.company(home.company_id, location=home.location):
        while sealed := _sealed(home):
            count += sealed
            if sealed < conf.SEAL_BATCH:
                break
    return count


def seal_waiting() -> int:
    """Seal what waits of every company."""
    return sum(map(seal, homes()))


def _sealed(home: Scope) -> int:
    try:
        return transaction.run(partial(_seal_batch, home))
    except DuplicateKeyError:  # two sealers have begun the chain at once, and the other was first
        return transaction.run(partial(_seal_batch, home))


def _seal_batch(home: Scope) -> int:
    waiting = AuditPending.collection().find(
        {"company_id": home.company_id, "location": home.location},
        sort=[("_id", 1)],
        limit=conf.SEAL_BATCH,
        batch_size=conf.SEAL_BATCH + 1,  # all of them at once
    )
    found = list(waiting)
    if not found:
        return 0
    head = AuditHead.collection().find_one({"_id": home.company_id}) or {"sequence": 0, "hash": chain.NOTHING}
    records = _linked(found, head=head)
    _move(home, head=head, last=records[-1])
    AuditEvent.collection().insert_many(records)
    AuditPending.collection().delete_many({"_id": {"$in": [each["_id"] for each in found]}})
    transaction.on_commit(partial(_tell, home, last=records[-1], count=len(records)))
    return len(records)


def _linked(found: list[Document], *, head: Document) -> list[Document]:
    records: list[Document] = []
    digest, sequence = bytes(head["hash"]), head["sequence"]
    for each in found:
        sequence += 1
        record = _genuine(each) | {"sequence": sequence}
        digest = chain.link(record, after=digest)
        seal = chain.seal(record["company_id"], sequence=sequence, digest=digest)
        records.append({**record, "hash": digest, "seal": seal})
    return records


def _genuine(waiting: Document) -> Document:
    if not chain.is_genuine(waiting):
        log.event(logger, "audit.record_forged", level=logging.ERROR, company_id=str(waiting["company_id"]))
        waiting = _forged(waiting)
    return {name: value for name, value in waiting.items() if name != "mac"}


def _forged(waiting: Document) -> Document:
    """Give the record that takes the place of one that none of our processes has written: nothing of it is kept."""
    return {
        "_id": ObjectId(),
        "company_id": waiting["company_id"],
        "location": waiting["location"],
        "at": clock.now(),
        "action": Action.RECORD_FORGED.value,
        "outcome": Outcome.REFUSED.value,
        "reason": "not-genuine",
        "actor": Actor(ActorKind.SYSTEM).stored(),
        "target": {"type": "audit_event", "id": str(waiting["_id"])[: conf.DETAIL_MAX]},
        "changed": [],
        "details": {},
        "request_id": None,
        "trace_id": None,
        "address": None,
    }


def _move(home: Scope, *, head: Document, last: Document) -> None:
    """Move the end of the chain (step 3). A write conflict, or a key that is there already, starts the batch again."""
    seal = chain.head_seal(home.company_id, sequence=last["sequence"], digest=last["hash"])
    values = {"sequence": last["sequence"], "hash": last["hash"], "seal": seal}
    if head["sequence"] == 0:
        AuditHead.collection().insert_one({"_id": home.company_id, **values})
        return
    guard = {"_id": home.company_id, "sequence": head["sequence"]}
    if AuditHead.collection().update_one(guard, {"$set": values}).matched_count == 0:
        raise RuntimeError("The end of the chain has moved within a snapshot.")


def _tell(home: Scope, *, last: Document, count: int) -> None:
    """Write an anchor into the log, which lies outside of the database: `audit verify --anchors` compares it."""
    log.event(
        logger,
        "audit.sealed",
        company_id=str(home.company_id),
        sequence=last["sequence"],
        hash=last["hash"].hex(),
        count=count,
    )
