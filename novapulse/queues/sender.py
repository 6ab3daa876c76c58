"""From the outbox to SQS: in batches, the oldest first, and of one company never a newer task before an older one.

1. Of one company, so much of a queue as its window holds is in SQS, the rest waits here: a backlog is as long as it
   likes without standing in the way of others, also where the queue itself is not fair.
2. A batch has up to ten messages. Only the entries that SQS refuses are sent again; a company whose task cannot be sent
   is left out from then on.
3. What was sent is noted afterwards: a crash in between sends twice, which the inbox makes harmless.
"""

from __future__ import annotations

import logging
import os
import socket
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from novapulse import clock, log
from novapulse.queues import deliveries, names, outbox, tracing
from novapulse.queues.envelope import MAX_BYTES, traceparent_in
from novapulse.telemetry import traces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import SendMessageBatchResultTypeDef

    from novapulse.data.sqs import SqsProvider
    from novapulse.queues.outbox import Place, Row

_logger = logging.getLogger(__name__)

BATCH: Final = 10  # messages of one call, by SQS' own limit
_TRIES: Final = 3
_ATTRIBUTE_BYTES: Final = 100  # of the traceparent that a message may carry beside its body
_REFUSED_SECONDS: Final = 60


def window() -> int:
    """Tell how many unfinished messages of one company a queue holds at a time."""
    return _Window.size


def use_window(size: int) -> None:
    """Have a queue hold so many unfinished messages of one company at a time."""
    _Window.size = size


class _Window:
    size = 1_000


def send(rows: Sequence[Row]) -> set[Place]:
    """Send rows in their order; tell which companies' rows were not all sent, and in which queues.

    Raises Unavailable or TimedOut where SQS is away; what was sent by then is noted.
    """
    room = _Room()
    fitting = [row for row in rows if room.take(row)]
    refused: set[Place] = set()
    for batch in _batches(fitting):
        wanted = [row for row in batch if _place(row) not in refused]
        if wanted:
            refused |= {_place(row) for row in _send_batch(wanted)}
    return room.full | refused


class _Room:
    """What still goes into the windows."""

    def __init__(self) -> None:
        self.full: set[Place] = set()
        self._left: dict[Place, int] = {}

    def take(self, row: Row) -> bool:
        place = _place(row)
        if row.company_id is None or names.is_of_the_dead(row.queue):
            return True
        if place not in self._left:
            self._left[place] = window() - outbox.in_queue(place, at_most=window())
        self._left[place] -= 1
        if self._left[place] < 0:
            self.full.add(place)
        return self._left[place] >= 0


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Cut into batches of one queue each, in order, none with more messages or bytes than a call may have."""
    by_queue = sorted(rows, key=lambda row: row.queue)
    for _, same in groupby(by_queue, key=lambda row: row.queue):
        batch: list[Row] = []
        for row in same:
            if len(batch) == BATCH or sum(map(_size, (*batch, row))) > MAX_BYTES:
                yield batch
                batch = []
            batch.append(row)
        yield batch


def _size(row: Row) -> int:
    return len(row.body) + _ATTRIBUTE_BYTES


def _send_batch(rows: list[Row]) -> list[Row]:
    sqs = deliveries.provider()
    url = sqs.queue_url(names.physical(rows[0].queue))
    left = rows
    for _ in range(_TRIES):
        answer = _call(sqs, url, left)
        failed = {entry["Id"]: entry for entry in answer.get("Failed", [])}
        outbox.sent([row for place, row in enumerate(left) if str(place) not in failed], by=_here())
        left = [row for place, row in enumerate(left) if str(place) in failed]
        if not left:
            return []
    _refuse(left, failed)
    return left


def _call(sqs: SqsProvider, url: str, rows: list[Row]) -> SendMessageBatchResultTypeDef:
    """Send the messages of rows in one call; each names the span of its creation, as its envelope does."""
    caused_by = [traceparent_in(row.body) if traces.are_on() else None for row in rows]
    entries: Any = [_entry(place, row, caused_by[place]) for place, row in enumerate(rows)]
    began_at, error = clock.monotonic(), ""
    try:
        answer = sqs.call(partial(_send_entries, url=url, entries=entries))
        error = "refused" if answer.get("Failed") else ""
    except Exception as raised:
        error = type(raised).__name__
        raise
    finally:
        tracing.sent(rows[0].queue, caused_by, began_at=began_at, error=error)
    return answer


def _send_entries(client: SQSClient, *, url: str, entries: Any) -> SendMessageBatchResultTypeDef:  # noqa: ANN401  boto3's
    return client.send_message_batch(QueueUrl=url, Entries=entries)


def _refuse(rows: list[Row], failed: dict[str, Any]) -> None:
    for row, entry in zip(rows, failed.values(), strict=True):
        log.event(
            _logger, "outbox.refused", level=logging.ERROR, id=str(row.id), queue=row.queue, code=entry.get("Code")
        )
    outbox.defer([row.id for row in rows], seconds=_REFUSED_SECONDS)


def _entry(place: int, row: Row, traceparent: str | None) -> dict[str, Any]:
    """Make an entry; the company is its message group, by which SQS' fair queues keep companies apart."""
    entry: dict[str, Any] = {"Id": str(place), "MessageBody": row.body}
    if row.company_id is not None:
        entry["MessageGroupId"] = row.company_id
    if traceparent is not None:
        entry["MessageAttributes"] = {tracing.ATTRIBUTE: {"DataType": "String", "StringValue": traceparent}}
    return entry


def _place(row: Row) -> Place:
    return (row.queue, row.company_id)


def _here() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
