"""An envelope for tests."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from novapulse import clock
from novapulse.queues.envelope import Envelope


def an_envelope(**members: Any) -> Envelope:
    """Give an envelope with these members, and something plain for the others."""
    given = {"id": str(ObjectId()), "task": "nowhere.nothing", "queue": "default", "enqueued_at": clock.now()}
    return Envelope(**{**given, **members})
