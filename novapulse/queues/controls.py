"""What operators have paused, and who sweeps: both in MongoDB, read by every process once a second."""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from novapulse import clock
from novapulse.queues.documents import QueueControl

if TYPE_CHECKING:
    from datetime import datetime

LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Control:
    """A queue or a company that is paused: `queue:<name>` or `company:<id>`, by whom and since when."""

    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Paused:
    """What is paused."""

    queues: frozenset[str] = frozenset()
    companies: frozenset[str] = frozenset()


def pause(name: str, *, by: str) -> None:
    """Pause `queue:<name>` or `company:<id>`, on every process within about a second; what runs goes on."""
    QueueControl.collection().update_one({"_id": name}, {"$set": {"owner": by, "at": clock.now()}}, upsert=True)
    _seen.forget()


def resume(name: str) -> bool:
    """Let a queue or a company go on; tell whether it was paused."""
    was_there = QueueControl.collection().delete_one({"_id": name}).deleted_count > 0
    _seen.forget()
    return was_there


def listed() -> list[Control]:
    """List what is paused."""
    rows = QueueControl.collection().find({"at": {"$exists": True}}).sort("_id")
    return [Control(row["_id"], row["owner"], row["at"]) for row in rows]


def paused() -> Paused:
    """Tell what is paused, as known for a second at most; raises where MongoDB is away and nothing is known yet."""
    return _seen.latest()


def lease(name: str, *, seconds: float) -> bool:
    """Take or extend a lease for this process; False while another has it."""
    now, mine = clock.now(), _seen.process
    free: dict[str, Any] = {"_id": name, "$or": [{"owner": mine}, {"until": {"$lt": now}}]}
    held = {"$set": {"owner": mine, "until": now + timedelta(seconds=seconds)}}
    try:
        found = QueueControl.collection().find_one_and_update(
            free, held, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:
        return False
    return found is not None


class _Seen:
    """What this process has read last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paused, self._good_until = Paused(), 0.0
        self.process = ""
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def latest(self) -> Paused:
        with self._lock:
            if clock.monotonic() >= self._good_until:
                names = [control.name.partition(":") for control in listed()]
                self._paused = Paused(
                    frozenset(name for kind, _, name in names if kind == "queue"),
                    frozenset(name for kind, _, name in names if kind == "company"),
                )
                self._good_until = clock.monotonic() + LOOK_SECONDS
            return self._paused

    def forget(self) -> None:
        with self._lock:  # not while a thread reads: what it has read may be from before
            self._good_until = 0.0

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._paused, self._good_until = Paused(), 0.0
        self.process = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


_seen: Final = _Seen()
