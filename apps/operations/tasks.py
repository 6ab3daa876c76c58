"""What operations do in the background."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from apps.operations.domain import deletions, sweeping
from novapulse.tasks import current, task


@task(timeout=timedelta(hours=1))
def delete_company(ticket: str) -> None:
    """Delete the company of a deletion, once its grace is over; another attempt goes on where this one has come to."""
    deletion = deletions.begin_by(ObjectId(ticket))
    if deletion is not None:
        sweeping.sweep(deletion, told=lambda *_: current().check())
