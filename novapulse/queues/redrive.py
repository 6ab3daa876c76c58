"""A dead task begins anew: what `manage.py dlq redrive` does with each letter."""

from __future__ import annotations

import json

from novapulse import clock
from novapulse.data import transaction
from novapulse.queues import inbox, outbox
from novapulse.queues.envelope import Envelope


def again(text: str) -> bool:
    """Have the task of a dead letter tried anew, with all its attempts; False where it is not dead (any more).

    text: the letter's body. Once this has returned the letter may go from its queue: the task is in the outbox. Done
    twice it has no more effect than done once. A letter that SQS itself has moved, after too many receives, says
    nothing of its death, and its task is unfinished rather than dead. Raises Unreadable for what is no envelope.
    """
    envelope = Envelope.from_json(text)
    was_moved = "dead" not in json.loads(text)

    def in_one() -> bool:
        is_unfinished = was_moved and outbox.find(envelope.id) is not None
        if not is_unfinished and not inbox.revive(envelope.id):
            return False
        outbox.put_back(envelope, due_at=clock.now())
        return True

    return transaction.run(in_one)
