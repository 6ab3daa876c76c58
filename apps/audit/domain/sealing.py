"""Sealing: what waits becomes the next records of its company's chain.

It happens after the commit of the change: inside of it, every change of a company would wait for the one before, since
each record follows on another. And it takes no transaction: one that a killed process has left would keep the others
from sealing until MongoDB gives it up, after a minute.

1. Read what waits, the oldest first, and the last record of the chain.
2. Number and link what waits. What is not genuine was written by somebody else: a record of ours tells so in its place.
   Where there is no chain that it could stand in, it stands in the platform's, which is verified whatever companies
   there are.
3. Insert the records in their order. No number is there twice (a unique index), nor any record (by its id), so of two
   sealers at once one is first; the other stops where it was too late, and starts again from 1 without what is sealed.
4. Move the end of the chain on, never back, and write it into the log.
5. Delete what has waited.

Whatever dies in between: what was inserted is a good part of the chain and still waits; the next look is too late in
step 3, and does 4 and 5 in its stead.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from pymongo.errors import BulkWriteError, DuplicateKeyError

from apps.audit import conf
from apps.audit.documents import AuditEvent, AuditHead, AuditPending
from apps.audit.domain import chain
from apps.audit.domain.actors import Actor
from apps.audit.enums import Action, ActorKind, Outcome
from novapulse import clock, log
from novapulse.telemetry import meter
from novapulse.tenancy import scope
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = dict[str, Any]

_DUPLICATE: Final = 11000  # MongoDB's code for a key that is there already

_LATE_MOST: Final = 10  # then whoever is faster each time may as well do it

_PLATFORMS: Final = {"$set": {"company_id": conf.PLATFORM.company_id, "location": conf.PLATFORM.location}}
_HAS_HOME: Final = {
    "$and": [{"$eq": [{"$type": "$company_id"}, "objectId"]}, {"$eq": [{"$type": "$location"}, "string"]}]
}

logger = logging.getLogger("novapulse.audit")
_delay: Final = meter.histogram("novapulse.audit.seal.delay")


def homes(company_ids: Iterable[ObjectId] | None = None) -> list[Scope]:
    """List the companies of which something waits: of these, by one command, or of all."""
    where: Document = {"$expr": _HAS_HOME}
    if company_ids is None:
        _take_in_strays()
    else:
        where["company_id"] = {"$in": list(company_ids)}
    fields = {"company_id": 1, "location": 1, "_id": 0}
    found = AuditPending.collection().find(where, fields, sort=[("_id", 1)], limit=conf.SWEEP_MOST)
    return list(dict.fromkeys(Scope(each["company_id"], each["location"]) for each in found))


def _take_in_strays() -> None:
    """Have the platform's chain tell of what waits and names no company, as no record of ours does."""
    strays = {"$expr": {"$not": [_HAS_HOME]}}
    if AuditPending.collection().count_documents(strays, limit=1):
        AuditPending.collection().update_many(strays, _PLATFORMS)


def seal(home: Scope) -> int:
    """Seal all that waits of a company, batch by batch; tell how many records that were.

    No scope, or that of the company, is bound, and no transaction. Raises what MongoDB raises where it is away: the
    records wait on then.
    """
    count = late = 0
    with scope.company(home.company_id, location=home.location):
        while late < _LATE_MOST:
            sealed = _sealed(home)
            if sealed is None:
                late += 1
                continue
            count += sealed
            if sealed < conf.SEAL_BATCH:
                break
    return count


def seal_waiting() -> int:
    """Seal what waits of every company."""
    return sum(map(seal, homes()))


def _sealed(home: Scope) -> int | None:
    """Seal a batch; tell how many records that were, None where to look again, as after a faster sealer."""
    where = {"company_id": home.company_id, "location": home.location}
    every = conf.SEAL_BATCH + 1  # all of them in one answer
    cursor = AuditPending.collection().find(where, sort=[("_id", 1)], limit=conf.SEAL_BATCH, batch_size=every)
    waiting = list(cursor)
    if not waiting:
        return 0
    last = _last()
    if last is None and _sent_to_platform(waiting, home=home):
        return None
    records = _linked(waiting, last=last or _begun(home))
    try:
        AuditEvent.collection().insert_many(records)
    except BulkWriteError as error:
        _check_is_late(error)
        _settle_sealed(home, waiting)
        return None
    for each in records:
        _delay.record((clock.now() - each["at"]).total_seconds())
    _settle(home, last=records[-1], ids=[each["_id"] for each in waiting])
    return len(waiting)


def _sent_to_platform(waiting: list[Document], *, home: Scope) -> bool:
    """Leave to the platform what would begin a chain and is not genuine: nobody may ever look at that chain."""
    ids = [each["_id"] for each in waiting if not chain.is_genuine(each)]
    if ids and home != conf.PLATFORM:
        AuditPending.collection().update_many({"_id": {"$in": ids}}, _PLATFORMS)
        return True
    return False


def _last() -> Document | None:
    fields = {"sequence": 1, "hash": 1}
    return AuditEvent.collection().find_one({}, fields, sort=[("sequence", -1)], hint="sequence")


def _begun(home: Scope) -> Document:
    """Begin a chain by its end, so that one without an end was tampered with."""
    beginning = {"sequence": 0, "hash": chain.NOTHING}
    _move(home, last=beginning)
    return beginning


def _check_is_late(error: BulkWriteError) -> None:
    if any(each["code"] != _DUPLICATE for each in error.details["writeErrors"]):
        raise error


def _settle_sealed(home: Scope, waiting: list[Document]) -> None:
    """Settle what waits and is sealed already, by whomever: they may have been killed before they did."""
    ids = [each["_id"] for each in waiting]
    sealed = [each["_id"] for each in AuditEvent.collection().find({"_id": {"$in": ids}}, {"_id": 1})]
    last = _last()
    if sealed and last is not None:
        _settle(home, last=last, ids=sealed)


def _settle(home: Scope, *, last: Document, ids: list[ObjectId]) -> None:
    """Do steps 4 and 5 of what was inserted: what waits goes last, since by it the next look does all of this again."""
    _move(home, last=last)
    _tell(home, last=last, count=len(ids))
    AuditPending.collection().delete_many({"_id": {"$in": ids}})


def _linked(found: list[Document], *, last: Document) -> list[Document]:
    records: list[Document] = []
    digest, sequence = bytes(last["hash"]), last["sequence"]
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


def _move(home: Scope, *, last: Document) -> None:
    """Move the end of the chain on; one that is there or beyond stays."""
    seal = chain.head_seal(home.company_id, sequence=last["sequence"], digest=last["hash"])
    values = {"sequence": last["sequence"], "hash": last["hash"], "seal": seal}
    before = {"_id": home.company_id, "sequence": {"$lt": last["sequence"]}}
    with suppress(DuplicateKeyError):
        AuditHead.collection().update_one(before, {"$set": values}, upsert=True)


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
