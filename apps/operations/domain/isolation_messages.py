"""Messages, for whoever looks whether one leads to another company: by what their task takes.

All that is unfinished has a row in the outbox, whatever SQS holds; only dead letters have none, and are received.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from apps.operations.domain.isolation import BATCH, UNSAID, Home, Named, Source, Thing
from apps.operations.domain.pointers import as_id
from novapulse.queues import dead_letters
from novapulse.queues.dead_letters import Wanted
from novapulse.queues.documents import OutboxRow
from novapulse.queues.envelope import Envelope
from novapulse.queues.errors import Unreadable
from novapulse.tasks.task import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bson import ObjectId

# What arguments of tasks name, by the names that their functions have for them; it may have gone since.
ARGUMENTS: Final[Mapping[str, str]] = {
    "delivery_id": "webhook_deliveries",
    "delivery_ids": "webhook_deliveries",
    "endpoint_id": "webhook_endpoints",
    "event_ids": "webhook_events",
    "job_id": "jobs",
    "session_id": "sessions",
}
_FIELDS: Final = {"company_id": 1, "body": 1}


def outbox(company_id: ObjectId | None) -> Source:
    """Give the rows of the outbox: of all companies, or of one."""
    return Source("outbox", things=partial(_rows, company_id), again=_rows_again)


def letters(company_id: ObjectId | None) -> Source:
    """Give the dead letters: of all companies, or of one; they stay where they are."""
    return Source("dead letters", things=partial(_letters, company_id), again=lambda things: things)


def _rows(company_id: ObjectId | None) -> Iterator[Thing]:
    where = {} if company_id is None else {"company_id": str(company_id)}
    found = OutboxRow.collection().find(where, _FIELDS, sort=[("_id", 1)], hint="_id_", batch_size=BATCH)
    return _made(found)


def _rows_again(things: list[Thing]) -> Iterator[Thing]:
    ids = [thing.id for thing in things]
    return _made(OutboxRow.collection().find({"_id": {"$in": ids}}, _FIELDS))


def _made(rows: Iterable[Mapping[str, Any]]) -> Iterator[Thing]:
    things = (_thing("outbox", row["_id"], row.get("company_id"), row["body"]) for row in rows)
    return (thing for thing in things if thing is not None)


def _letters(company_id: ObjectId | None) -> Iterator[Thing]:
    wanted = Wanted(company_id="" if company_id is None else str(company_id))
    found = dead_letters.every(wanted)
    things = (_thing("dead letters", each.id or each.message_id, each.company_id, each.envelope) for each in found)
    return (thing for thing in things if thing is not None)


def _thing(kind: str, id_: object, company_id: str | None, body: str) -> Thing | None:
    """Make a thing of a message; None where it is no company's."""
    try:
        envelope = Envelope.from_json(body)
    except Unreadable:  # as nobody of ours has written it: whose it is stands beside it
        return Thing(kind, id_, Home(as_id(company_id), UNSAID)) if company_id else None
    whose = company_id or envelope.company_id
    if whose is None:
        return None
    names = [Named("body.company_id", ("companies",), as_id(envelope.company_id or "none"), may_be_gone=False)]
    return Thing(kind, id_, Home(as_id(whose), envelope.location), (*names, *_arguments(envelope)))


def _arguments(envelope: Envelope) -> Iterator[Named]:
    try:
        bound = inspect.signature(known(envelope.task).func).bind_partial(*envelope.args, **envelope.kwargs)
    except (LookupError, TypeError):  # a task of another version of this program: nobody here knows what it names
        return
    for name, value in bound.arguments.items():
        if name in ARGUMENTS:
            for each in value if isinstance(value, list) else [value]:
                yield Named(f"body.{name}", (ARGUMENTS[name],), as_id(each))
