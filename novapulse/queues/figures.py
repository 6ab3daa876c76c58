"""What workers count: attempts, retries, dead letters, what went wrong; and how long tasks had waited when they began.

Counting costs an addition in memory. `flush` adds what has come up since to the row of this minute, which all
processes share, so that reading the last minutes is reading a few rows. Open on failure: where MongoDB does not answer
the figures stay in memory for the next flush, and no task waits for them. What was written by an answer that got lost
is so counted twice.
"""

from __future__ import annotations

import math
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from threading import Lock
from typing import Any, ClassVar, Final

from mongoengine import DateTimeField, DictField, StringField
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from novapulse import clock
from novapulse.telemetry import meter
from novapulse.tenancy.document import PlatformDocument

KEPT: Final = timedelta(hours=2)
RECENT: Final = timedelta(minutes=15)

_FIRST_SECONDS: Final = 0.001
_STEPS_PER_DOUBLING: Final = 4  # a quantile is told too high by a fifth at most
_LAST_BUCKET: Final = 120  # from a millisecond to twelve days


class Figure(StrEnum):
    """What is counted."""

    ATTEMPTS = "attempts"
    DONE = "done"
    RETRIES = "retries"
    DEAD_LETTERS = "dead_letters"
    POISON = "poison"
    DUPLICATES = "duplicates"
    HEARTBEAT_FAILURES = "heartbeat_failures"
    LEASES_LOST = "leases_lost"


class QueueFigures(PlatformDocument):
    """What all processes counted of a queue within one minute."""

    queue = StringField(required=True)
    minute = DateTimeField(required=True)
    counts = DictField()
    dwell = DictField()

    company_field: ClassVar[str | None] = None
    meta: ClassVar[dict[str, Any]] = {
        "collection": "queue_figures",
        "indexes": [
            {"fields": ["queue", "minute"], "unique": True},
            {"fields": ["minute"], "expireAfterSeconds": int(KEPT.total_seconds())},
        ],
    }


@dataclass(slots=True)
class Counted:
    """What was counted of one queue: times by figure, and tasks by the bucket of how long they had waited."""

    counts: Counter[str] = field(default_factory=Counter)
    dwell: Counter[int] = field(default_factory=Counter)

    def add(self, other: Counted) -> None:
        """Add what was counted elsewhere."""
        self.counts.update(other.counts)
        self.dwell.update(other.dwell)

    def dwell_seconds(self, quantile: float) -> float | None:
        """Tell within how many seconds this share of the tasks had begun; None where none has."""
        wanted, seen = quantile * self.dwell.total(), 0
        for bucket in sorted(self.dwell):
            seen += self.dwell[bucket]
            if seen >= wanted:
                return _upper_seconds(bucket)
        return None


_events: Final = meter.counter("novapulse.queue.events")
_dwell: Final = meter.histogram("novapulse.queue.dwell")

_lock = Lock()
_pending: defaultdict[str, Counted] = defaultdict(Counted)


def count(figure: Figure, *, queue: str, times: int = 1) -> None:
    """Count something of a queue."""
    with _lock:
        _pending[queue].counts[figure] += times
    _events.add(times, {"queue": queue, "event": str(figure)})


def dwelt(seconds: float, *, queue: str) -> None:
    """Count a task that begins, by how long it has waited since it was due."""
    with _lock:
        _pending[queue].dwell[_bucket(seconds)] += 1
    _dwell.record(seconds, {"queue": queue})


def flush() -> bool:
    """Write what has been counted since the last time; tell whether that was possible."""
    taken = _take()
    minute = clock.now().replace(second=0, microsecond=0)
    updates = [
        UpdateOne({"queue": queue, "minute": minute}, {"$inc": increments}, upsert=True)
        for queue, counted in taken.items()
        if (increments := _increments(counted))
    ]
    try:
        if updates:
            QueueFigures.collection().bulk_write(updates, ordered=False)
    except PyMongoError:
        with _lock:
            for queue, counted in taken.items():
                _pending[queue].add(counted)
        return False
    return True


def recent(length: timedelta = RECENT) -> dict[str, Counted]:
    """Sum up what all processes have written about the last minutes, by queue; at most what is kept."""
    found: defaultdict[str, Counted] = defaultdict(Counted)
    for row in QueueFigures.collection().find({"minute": {"$gt": clock.now() - length}}):
        dwell = Counter({int(bucket): times for bucket, times in row.get("dwell", {}).items()})
        found[row["queue"]].add(Counted(Counter(row.get("counts", {})), dwell))
    return dict(found)


def _take() -> dict[str, Counted]:
    with _lock:
        taken = dict(_pending)
        _pending.clear()
    return taken


def _increments(counted: Counted) -> dict[str, int]:
    counts = {f"counts.{figure}": times for figure, times in counted.counts.items()}
    return counts | {f"dwell.{bucket}": times for bucket, times in counted.dwell.items()}


def _bucket(seconds: float) -> int:
    steps = math.log2(max(seconds, _FIRST_SECONDS) / _FIRST_SECONDS) * _STEPS_PER_DOUBLING
    return min(_LAST_BUCKET, math.ceil(steps))


def _upper_seconds(bucket: int) -> float:
    seconds: float = _FIRST_SECONDS * 2 ** (bucket / _STEPS_PER_DOUBLING)
    return seconds


def _forget() -> None:
    global _lock  # noqa: PLW0603  a child of a fork must not wait for a lock of its parent
    _lock = Lock()
    _pending.clear()  # its parent writes them


os.register_at_fork(after_in_child=_forget)
