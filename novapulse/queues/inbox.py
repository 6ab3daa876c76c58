"""The inbox: which tasks were begun, by whom, and what came of them. It makes a second delivery harmless.

1. A claim is one conditional write. It succeeds where nobody has begun, where an attempt has ended without finishing,
   or where a lease has run out: then whoever held it died, which is counted. Each claim has a higher fence.
2. Every later write names the fence: an owner that was taken for dead writes nothing any more.
3. What is finished stays for `KEPT`, longer than any copy of the message can be under way.

Leases are by the clocks of the workers, which NTP keeps closer together than a heartbeat is long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from novapulse import clock
from novapulse.queues.documents import KEPT, InboxRow
from novapulse.queues.errors import LeaseLost

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from novapulse.queues.envelope import Envelope

__all__ = [
    "KEPT",
    "Busy",
    "Claim",
    "Over",
    "claim",
    "complete",
    "extend",
    "find",
    "finish",
    "give_back",
    "kill",
    "revive",
]

READY: Final = "ready"
RUNNING: Final = "running"
DONE: Final = "done"
DEAD: Final = "dead"


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt of ours, until a higher fence is given out. deaths: attempts that ended with their worker."""

    id: ObjectId
    fence: int
    attempt: int
    deaths: int
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody is at it, for so many seconds at least."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Over:
    """It is finished: this message is a copy."""


def claim(envelope: Envelope, *, owner: str, lease_seconds: float) -> Claim | Busy | Over:
    """Take a task on (step 1), or tell why not."""
    now = clock.now()
    free = [{"status": READY}, {"status": RUNNING, "lease_until": {"$lt": now}}]
    selector: dict[str, Any] = {"_id": ObjectId(envelope.id), "$or": free}
    update = _claimed(envelope, owner=owner, now=now, lease_seconds=lease_seconds)
    try:
        row = InboxRow.collection().find_one_and_update(
            selector, update, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:
        return _why_not(selector["_id"], now=now)
    return _claim(row)


def extend(claims: Collection[Claim], *, lease_seconds: float) -> set[ObjectId]:
    """Extend leases; tell which tasks are ours no more."""
    if not claims:
        return set()
    ours = {"$or": [_held(each) for each in claims]}
    until = clock.now() + timedelta(seconds=lease_seconds)
    if InboxRow.collection().update_many(ours, {"$set": {"lease_until": until}}).matched_count == len(claims):
        return set()
    unchanged = {"$or": [{"_id": each.id, "fence": each.fence} for each in claims]}  # it may have finished just now
    kept = {row["_id"] for row in InboxRow.collection().find(unchanged, {"_id": 1})}
    return {each.id for each in claims} - kept


def finish(claim: Claim) -> None:
    """Write down that the task is done; raises LeaseLost, with which a transaction round it is undone."""
    update = {"$set": {"status": DONE, "ended_at": clock.now()}, "$unset": {"lease_until": "", "error": ""}}
    if InboxRow.collection().update_one(_held(claim), update).matched_count == 0:
        raise LeaseLost


def complete(claim: Claim, *, result: object) -> bool:
    """Write down the result of a task that is done, by `finish` or by this; False for a stale owner."""
    ours = {"_id": claim.id, "fence": claim.fence, "status": {"$in": [RUNNING, DONE]}}
    done = {"status": DONE, "ended_at": clock.now(), "result": result}
    update = {"$set": done, "$unset": {"lease_until": "", "error": ""}}
    return InboxRow.collection().update_one(ours, update).matched_count > 0


def give_back(claim: Claim, *, error: dict[str, str] | None, attempts: int) -> bool:
    """Let an attempt go that did not finish; `attempts` is how many count by now. False for a stale owner."""
    change = {"status": READY, "attempts": attempts, **({"error": error} if error else {})}
    update = {"$set": change, "$unset": {"lease_until": "", "owner": ""}}
    return InboxRow.collection().update_one(_held(claim), update).matched_count > 0


def kill(claim: Claim, *, error: dict[str, str]) -> bool:
    """Write down that no further attempt is made; False for a stale owner."""
    dead = {"status": DEAD, "ended_at": clock.now(), "error": error}
    update = {"$set": dead, "$unset": {"lease_until": ""}}
    return InboxRow.collection().update_one(_held(claim), update).matched_count > 0


def revive(task_id: str) -> bool:
    """Let a dead task begin anew; False where it is not dead."""
    update = {"$set": {"status": READY, "attempts": 0, "deaths": 0}, "$unset": {"ended_at": ""}}
    dead = {"_id": ObjectId(task_id), "status": DEAD}
    return InboxRow.collection().update_one(dead, update).matched_count > 0


def find(task_id: str) -> dict[str, Any] | None:
    """Read what is known of a task, as MongoDB has it."""
    return InboxRow.collection().find_one({"_id": ObjectId(task_id)})


def begun(ids: Collection[ObjectId]) -> set[ObjectId]:
    """Tell which of these tasks somebody has begun."""
    return {row["_id"] for row in InboxRow.collection().find({"_id": {"$in": list(ids)}}, {"_id": 1})}


def _claim(row: Any) -> Claim:  # noqa: ANN401  what PyMongo found
    return Claim(row["_id"], row["fence"], row["attempts"], row["deaths"], row["first_seen"])


def _held(claim: Claim) -> dict[str, Any]:
    return {"_id": claim.id, "fence": claim.fence, "status": RUNNING}


def _why_not(task_id: ObjectId, *, now: datetime) -> Busy | Over:
    row = InboxRow.collection().find_one({"_id": task_id}, {"status": 1, "lease_until": 1})
    if row is not None and row["status"] in {DONE, DEAD}:
        return Over()
    until = row.get("lease_until") if row is not None else None
    return Busy(max(0.0, (until - now).total_seconds()) if until is not None else 0.0)


def _claimed(envelope: Envelope, *, owner: str, now: datetime, lease_seconds: float) -> list[dict[str, Any]]:
    """Make the update of a claim: a pipeline, since a death is counted by what the row was before."""
    died = {"$eq": ["$status", RUNNING]}
    fields = {
        "task": {"$literal": envelope.task},
        "company_id": {"$literal": envelope.company_id},
        "owner": {"$literal": owner},
        "status": RUNNING,
        "started_at": now,
        "lease_until": now + timedelta(seconds=lease_seconds),
        "first_seen": {"$ifNull": ["$first_seen", now]},
        "fence": {"$add": [{"$ifNull": ["$fence", 0]}, 1]},
        "attempts": {"$add": [{"$ifNull": ["$attempts", 0]}, {"$cond": [died, 0, 1]}]},
        "deaths": {"$add": [{"$ifNull": ["$deaths", 0]}, {"$cond": [died, 1, 0]}]},
    }
    return [{"$set": fields}]
