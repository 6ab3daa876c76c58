"""Dead letters: what no further attempt would save goes to the dead-letter queue, with what a person needs to judge it.

They leave through the outbox, in one transaction with the word that the task is dead: SQS being away loses none.
"""

from __future__ import annotations

import json
import logging
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId

from novapulse import clock, log
from novapulse.data import transaction
from novapulse.log import failure
from novapulse.queues import figures, inbox, names, outbox, publisher
from novapulse.queues.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.queues.errors import Unreadable
    from novapulse.queues.running import Running
    from novapulse.queues.settle import Delivery, Desk

_logger = logging.getLogger(__name__)

POISON: Final = "poison"
_LONGEST_MESSAGE: Final = 500
_LONGEST_TRACE: Final = 4_000
_LONGEST_RAW: Final = 40_000  # six times as long once it is escaped, and still within a message


def bury(delivery: Delivery, running: Running, error: BaseException, *, reason: str, desk: Desk) -> bool:
    """Mark the task as dead and send its envelope to the dead-letter queue; False for a stale owner.

    Whoever wanted the task learns of it in the same transaction. A mistake in that is logged, and the task buried all
    the same: it must not come back for ever.
    """
    envelope = running.envelope
    death = {
        "reason": reason,
        **_short(error),
        "attempts": running.attempt,
        "first_seen": running.claim.first_seen.isoformat(),
        "last_worker": desk.owner,
        "at": clock.now().isoformat(),
    }
    body = json.dumps({**json.loads(envelope.to_json()), "dead": death}, separators=(",", ":"))

    def in_one(tell: Callable[[Running, str], None]) -> bool:
        if not inbox.kill(running.claim, error=described(error)):
            return False
        outbox.finished([ObjectId(envelope.id)])
        _send(body, queue=envelope.queue, company_id=envelope.company_id)
        tell(running, reason)
        return True

    try:
        is_ours = transaction.run(partial(in_one, desk.dying))
    except Exception:  # noqa: BLE001  whatever a task does wrong there
        log.failed(_logger, "task.death_not_told")
        is_ours = transaction.run(partial(in_one, lambda *_: None))
    if not is_ours:
        return False
    delivery.finish()
    figures.count(Figure.DEAD_LETTERS, queue=envelope.queue)
    if reason == POISON:
        figures.count(Figure.POISON, queue=envelope.queue)
    _tell(error, death, id=envelope.id, task=envelope.task, queue=envelope.queue, attempt=running.attempt)
    return True


def bury_unreadable(delivery: Delivery, error: Unreadable) -> None:
    """Send what is no envelope to the dead-letter queue as it is."""
    now = clock.now().isoformat()
    death = {"reason": error.reason, **_short(error), "attempts": 0, "first_seen": now, "last_worker": "", "at": now}
    body = json.dumps({"schema": 0, "raw": delivery.body[:_LONGEST_RAW], "dead": death}, separators=(",", ":"))
    _send(body, queue=delivery.queue, company_id=None)
    delivery.finish()
    figures.count(Figure.DEAD_LETTERS, queue=delivery.queue)
    _tell(error, death, queue=delivery.queue)


def _tell(error: BaseException, death: dict[str, Any], **names: object) -> None:
    """Log it without the error's message, which may quote anything; that is in the dead letter."""
    told = {name: value for name, value in death.items() if name != "message"}
    log.event(_logger, "task.dead", level=logging.ERROR, **names, **told, traceback=failure.told(error))


def described(error: BaseException) -> dict[str, str]:
    """Give what is kept of an error: its class, its message, the end of its trace."""
    trace = "".join(traceback.format_exception(error))[-_LONGEST_TRACE:]
    return {**_short(error), "trace": trace}


def _short(error: BaseException) -> dict[str, Any]:
    return {"error": failure.kind(error), "message": str(error)[:_LONGEST_MESSAGE]}


def _send(body: str, *, queue: str, company_id: str | None) -> None:
    row = outbox.add_dead(body, queue=names.of_the_dead(queue), company_id=company_id)
    transaction.on_commit(publisher.offered(row))
