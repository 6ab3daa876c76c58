"""What the auth app does in the background."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from apps.auth.domain import acting_mail
from novapulse.tasks import task


@task(timeout=timedelta(seconds=30))
def tell_of_acting(session_id: str) -> None:
    """Mail a company that staff act as one of its members."""
    acting_mail.tell(ObjectId(session_id))
