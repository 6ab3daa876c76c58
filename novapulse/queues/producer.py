"""Enqueue: write the outbox with the change, and have it sent right after the commit. Never waits for SQS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.data import transaction
from novapulse.queues import outbox, publisher, tracing

if TYPE_CHECKING:
    from novapulse.queues.envelope import Envelope


def put(envelope: Envelope) -> str:
    """Enqueue a task; give its id, or that of an equal unique one that waits already.

    Inside `transaction.run` it is there if and only if that commits; outside it is there when this returns. Raises
    TooLarge, TypeError for what JSON does not know, and what MongoDB raises: then nothing was enqueued.
    """
    row = outbox.add(envelope)
    if str(row.id) == envelope.id:
        tracing.created(envelope)
        if envelope.run_after is None:
            transaction.on_commit(publisher.offered(row))
    return str(row.id)
