"""What operators have paused, whose tasks are parked or dropped, and who sweeps: read from MongoDB once a second.

A company that is parked has no business to be worked for at present, by its state and not by an operator who holds its
tasks back: the two do not end each other. Of a company that is gone no task is ever done again.
"""

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
from novapulse.data import transaction
from novapulse.queues.documents import QueueControl

if TYPE_CHECKING:
    from datetime import datetime

LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Control:
    """What is held back: `queue:<name>`, `company:<id>` or `parked:<id>`; by whom or what, and since when."""

    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Paused:
    """What is held back; of the companies that are `gone`, nothing is done any more."""

    queues: frozenset[str] = frozenset()
    companies: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()


def pause(name: str, *, by: str) -> None:
    """Pause `queue:<name>` or `company:<id>`, on every process within about a second; what runs goes on."""
    QueueControl.collection().update_one({"_id": name}, {"$set": {"owner": by, "at": clock.now()}}, upsert=True)
    transaction.on_commit(_seen.forget)


def resume(name: str) -> bool:
    """Let a queue or a company go on; tell whether it was paused."""
    was_there = QueueControl.collection().delete_one({"_id": name}).deleted_count > 0
    transaction.on_commit(_seen.forget)
    return was_there


def park(company_id: str, *, because: str) -> None:
    """Hold a company's tasks back as long as it is not worked for, in the caller's transaction; because: a word."""
    pause(f"parked:{company_id}", by=because)


def unpark(company_id: str) -> None:
    """Let a company's tasks go on, in the caller's transaction, unless an operator has paused them as well."""
    resume(f"parked:{company_id}")


def drop(company_id: str) -> None:
    """Have a company's tasks thrown away wherever they turn up, in the caller's transaction; forgotten after `KEPT`."""
    unpark(company_id)
    gone = {"$set": {"owner": "gone", "gone_at": clock.now()}}
    QueueControl.collection().update_one({"_id": f"gone:{company_id}"}, gone, upsert=True)


def listed() -> list[Control]:
    """List what is held back."""
    rows = QueueControl.collection().find({"at": {"$exists": True}}).sort("_id")
    return [Control(row["_id"], row["owner"], row["at"]) for row in rows]


def paused() -> Paused:
    """Tell what is held back, as known for a second at most; raises where MongoDB is away and nothing is known yet."""
    return _seen.latest()


def paused_now() -> Paused:
    """Tell it as it is now, for whoever is about to hold something back that may go on already."""
    _seen.forget()
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


def _read() -> Paused:
    rows = QueueControl.collection().find({"until": {"$exists": False}}, {"_id": 1})  # all but leases
    names = [str(row["_id"]).partition(":") for row in rows]

    def of(*kinds: str) -> frozenset[str]:
        return frozenset(name for kind, _, name in names if kind in kinds)

    return Paused(of("queue"), of("company", "parked", "gone"), of("gone"))


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
                self._paused = _read()
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
