"""When API keys were used last: noted in this process, written in batches, so that using a key writes nothing."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from apps.auth.documents import ApiKey
from novapulse import clock, log
from novapulse.errors import Trouble
from novapulse.resilience import deadline

if TYPE_CHECKING:
    from datetime import datetime

    from bson import ObjectId

_logger = logging.getLogger(__name__)

_FLUSH_SECONDS: Final = 2.0  # whoever flushes has other work, or wants to exit


class LastUsed:
    """The keys that this process has seen since the last flush: at most as many as were good, one moment each."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()  # held for an instant: noting waits for no store
        self._flushing = threading.Lock()
        self._seen: dict[ObjectId, datetime] = {}

    def note(self, key_id: ObjectId) -> None:
        """Note that a key was used just now."""
        with self._lock:
            self._seen[key_id] = clock.now()

    def flush(self) -> None:
        """Write what was noted by one command, never back to an earlier moment; nothing where nothing was noted.

        Fails open: what cannot be written is kept for the next time, and a line in the log says so.
        """
        with self._flushing:
            seen = self._taken()
            if not seen:
                return
            try:
                with deadline.opened(_FLUSH_SECONDS):
                    _write(seen)
            except (PyMongoError, Trouble) as error:
                self._give_back(seen)
                fields = {"keys": len(seen), "error": type(error).__name__}
                log.event(_logger, "auth.last_used_kept", level=logging.WARNING, **fields)

    def _taken(self) -> dict[ObjectId, datetime]:
        with self._lock:
            seen, self._seen = self._seen, {}
            return seen

    def _give_back(self, seen: dict[ObjectId, datetime]) -> None:
        with self._lock:
            self._seen = {**seen, **self._seen}


def _write(seen: dict[ObjectId, datetime]) -> None:
    updates = [UpdateOne({"_id": key_id}, {"$max": {"last_used_at": at}}) for key_id, at in seen.items()]
    ApiKey.collection().bulk_write(updates, ordered=False)


last_used = LastUsed()
