"""The outbox: what is unfinished and, of that, what is to be sent. MongoDB is the truth; SQS only carries.

1. A row is written with the change that wants it, due in two seconds. Whoever wrote it sends it at once after the
   commit; where that process has died, or SQS does not answer, a sweeper finds the row when it is due.
2. Sent: `due_at` goes, `sent_at` comes. To be sent again, sooner or later: the other way round.
3. Finished: the row goes. A row that was sent longer ago than a queue keeps its messages is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, DeleteOne, ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from novapulse import clock
from novapulse.errors import Unavailable
from novapulse.queues import controls, inbox, names
from novapulse.queues.documents import OutboxRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from novapulse.queues.envelope import Envelope

GRACE: Final = timedelta(seconds=2)  # what the sender of the process that wrote a row has before a sweeper sends it

_UNSENT: Final = {"$unset": {"sent_at": "", "sent_by": ""}}
_SENT: Final = datetime.min.replace(tzinfo=UTC)  # stands for no due time in a row that is not to be sent
_LOOKED_AT: Final = 50  # of what was sent last: of one who waits behind so many, some are not begun
_TRIES: Final = 5
_IN_ORDER: Final = [("due_at", ASCENDING), ("_id", ASCENDING)]


@dataclass(frozen=True, slots=True)
class Row:
    """What a sender needs of a row."""

    id: ObjectId
    queue: str
    company_id: str | None
    body: str
    due_at: datetime
    turns: int | None = None


Place = tuple[str, str | None]  # a queue and a company


def add(envelope: Envelope) -> Row:
    """Write a row, in the transaction under way if there is one; give it, or that of an equal task that waits."""
    now = clock.now()
    row = _row_of(envelope, due_at=max(now + GRACE, envelope.run_after or now))
    fields = {**_fields(row), "enqueued_at": envelope.enqueued_at}
    if envelope.unique is not None:
        return _add_unique(row, {**fields, "unique": envelope.unique})
    OutboxRow.collection().insert_one({"_id": row.id, **fields})
    return row


def add_dead(body: str, *, queue: str, company_id: str | None) -> Row:
    """Write a dead letter, a row of the dead-letter queue that goes once it is sent."""
    now = clock.now()
    row = Row(ObjectId(), queue, company_id, body, now + GRACE)
    OutboxRow.collection().insert_one({"_id": row.id, **_fields(row), "enqueued_at": now})
    return row


def put_back(envelope: Envelope, *, due_at: datetime) -> None:
    """Have a task sent again at some time."""
    row = _row_of(envelope, due_at=due_at)
    fields = {**_fields(row), "enqueued_at": envelope.enqueued_at}
    change = {"$set": fields, "$inc": {"turns": 1}, **_UNSENT}
    OutboxRow.collection().update_one({"_id": row.id}, change, upsert=True)


def park(envelope: Envelope) -> None:
    """Have a task wait at its old place, before what was enqueued after it, until its company is worked for again."""
    put_back(envelope, due_at=max(envelope.enqueued_at + GRACE, envelope.run_after or envelope.enqueued_at))


def due(*, at_most: int, without: Iterable[Place] = (), companies_not: Collection[str] = ()) -> list[Row]:
    """List what is due and unsent, the oldest first, leaving out some places and companies."""
    wanted: dict[str, Any] = {"due_at": {"$lte": clock.now()}, "company_id": {"$nin": list(companies_not)}}
    left_out = [_at(place) for place in without]
    if left_out:
        wanted["$nor"] = left_out
    return [_row(found) for found in OutboxRow.collection().find(wanted).sort(_IN_ORDER).limit(at_most)]


def is_waiting(place: Place) -> bool:
    """Tell whether something is due and unsent there, which what is newer must not overtake."""
    return OutboxRow.collection().find_one({**_at(place), "due_at": {"$lte": clock.now()}}, {"_id": 1}) is not None


def in_queue(place: Place, *, at_most: int) -> int:
    """Count what was sent there and is unfinished, up to a number."""
    return OutboxRow.collection().count_documents({**_at(place), "due_at": None}, limit=at_most)


def others_wait(queue: str, *, companies: Collection[str | None]) -> bool:
    """Tell whether a queue holds a task, of another company than these, that nobody has begun."""
    wanted = {"queue": queue, "company_id": {"$nin": list(companies)}, "due_at": None}
    newest = OutboxRow.collection().find(wanted, {"_id": 1}).sort("_id", DESCENDING).limit(_LOOKED_AT)
    ids = {row["_id"] for row in newest}
    return bool(ids - inbox.begun(ids))


def sent(rows: Iterable[Row], *, by: str) -> None:
    """Note that rows were sent, unless a worker was quicker and has put one back; dead letters are finished by it."""
    here = {"$set": {"sent_at": clock.now(), "sent_by": by}, "$unset": {"due_at": ""}}
    changes = [_sent(row, here) for row in rows]
    if changes:
        OutboxRow.collection().bulk_write(changes, ordered=False)


def finished(ids: Collection[ObjectId]) -> None:
    """Let rows go whose tasks are finished."""
    OutboxRow.collection().delete_many({"_id": {"$in": list(ids)}})


def begun(envelope: Envelope) -> None:
    """Note that a unique task has begun: what is enqueued from now on may want it once more."""
    if envelope.unique is not None:
        OutboxRow.collection().update_one({"_id": ObjectId(envelope.id)}, {"$unset": {"unique": ""}})


def defer(ids: Collection[ObjectId], *, seconds: float) -> None:
    """Have rows that cannot be sent out of the way of others for some time."""
    later = {"$set": {"due_at": clock.now() + timedelta(seconds=seconds)}}
    OutboxRow.collection().update_many({"_id": {"$in": list(ids)}}, later)


def send_lost_again() -> int:
    """Have what was sent so long ago that no queue holds it any more sent again, and tell how much that was."""
    long_ago = {"sent_at": {"$lt": clock.now() - names.current().retention}}
    again = {"$set": {"due_at": clock.now()}, **_UNSENT}
    return OutboxRow.collection().update_many(long_ago, again).modified_count


def lag_seconds(*, window: int) -> float:
    """Tell for how long the oldest row has been due that nothing keeps back: neither a full window nor a pause."""
    full = [_at((row["_id"]["queue"], row["_id"]["company_id"])) for row in _full(window)]
    held = {"$nin": sorted(controls.paused().companies)}
    wanted: dict[str, Any] = {"due_at": {"$lte": clock.now()}, "company_id": held, **({"$nor": full} if full else {})}
    row = OutboxRow.collection().find_one(wanted, {"due_at": 1}, sort=_IN_ORDER)
    return 0.0 if row is None else (clock.now() - row["due_at"]).total_seconds()


def oldest_unfinished_seconds(queue: str) -> float:
    """Tell how long ago that was enqueued which a queue has had unfinished the longest.

    Tasks for later are left out, and those of companies that are held back.
    """
    now, held = clock.now(), {"$nin": sorted(controls.paused().companies)}
    due = [{"due_at": None}, {"due_at": {"$lte": now}}]
    wanted: dict[str, Any] = {"queue": queue, "company_id": held, "$or": due}
    row = OutboxRow.collection().find_one(wanted, {"enqueued_at": 1}, sort=[("enqueued_at", ASCENDING)])
    return 0.0 if row is None else (now - row["enqueued_at"]).total_seconds()


def unfinished(queue: str) -> int:
    """Count the unfinished tasks of a queue, those for later included."""
    return OutboxRow.collection().count_documents({"queue": queue})


def find(task_id: str) -> dict[str, Any] | None:
    """Read the row of a task, as MongoDB has it."""
    return OutboxRow.collection().find_one({"_id": ObjectId(task_id)})


def _add_unique(row: Row, fields: dict[str, Any]) -> Row:
    """Write the row unless another of its key waits, by an upsert: a failed insert would end a transaction.

    A row that waits is written to as well, so that its task cannot begin between our look and our commit, and miss
    what is about to be committed.
    """
    update = {"$setOnInsert": {"_id": row.id, **fields}, "$inc": {"wanted": 1}}
    for _ in range(_TRIES):
        try:
            found: Any = OutboxRow.collection().find_one_and_update(
                {"unique": fields["unique"]}, update, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:  # outside of a transaction, two at a time: the other one was first
            continue
        return row if found["_id"] == row.id else _row(found)
    raise Unavailable("The task could not be enqueued; nothing was changed, so a retry is safe.")


def _sent(row: Row, here: dict[str, Any]) -> DeleteOne | UpdateOne:
    selector = {"_id": row.id, "due_at": row.due_at, "turns": row.turns}  # None fits where there is no such field
    return DeleteOne(selector) if names.is_of_the_dead(row.queue) else UpdateOne(selector, here)


def _full(window: int) -> list[dict[str, Any]]:
    """List the places of which a queue holds as many messages as it may."""
    by_place = {"$group": {"_id": {"queue": "$queue", "company_id": "$company_id"}, "sent": {"$sum": 1}}}
    return list(
        OutboxRow.collection().aggregate(
            [{"$match": {"due_at": None}}, by_place, {"$match": {"sent": {"$gte": window}}}]
        )
    )


def _row_of(envelope: Envelope, *, due_at: datetime) -> Row:
    return Row(
        ObjectId(envelope.id), envelope.queue, envelope.company_id, envelope.to_json(), _to_the_millisecond(due_at)
    )


def _to_the_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # as MongoDB keeps it, to be found again


def _fields(row: Row) -> dict[str, Any]:
    return {"queue": row.queue, "company_id": row.company_id, "body": row.body, "due_at": row.due_at}


def _row(found: dict[str, Any]) -> Row:
    due_at, turns = found.get("due_at", _SENT), found.get("turns")
    return Row(found["_id"], found["queue"], found["company_id"], found["body"], due_at, turns)


def _at(place: Place) -> dict[str, Any]:
    queue, company_id = place
    return {"queue": queue, "company_id": company_id}
