"""What is to be done again and again: each tick becomes one task, however many processes would make it.

1. Time is cut into ticks of equal length, the same everywhere. A tick's task has an id made of the schedule's name and
   the tick.
2. Every process that publishes writes the row of a new tick. One is the first; the others find the id taken, or, where
   the task is finished and its row gone, write it again, and the inbox finds a copy. No leader is elected.
3. Of ticks that nobody was there for, the latest is made up for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from novapulse import clock
from novapulse.queues import outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.queues.envelope import Envelope

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Schedule:
    """A task that is due with each tick of `every`; `made` gives the envelope of one."""

    name: str
    every: timedelta
    made: Callable[[], Envelope]
    last_tick: int = -1


_schedules: dict[str, Schedule] = {}


def schedule(name: str, *, every: timedelta, made: Callable[[], Envelope]) -> None:
    """Have a task made with each tick, under a name that stays the same; a schedule of that name takes its place."""
    _schedules[name] = Schedule(name, every, made)


def tick() -> int:
    """Make the task of each tick that has begun since the last time; tell how many were first made here."""
    return sum(_ticked(each) for each in _schedules.values())


def _ticked(schedule: Schedule) -> bool:
    number = (clock.now() - _EPOCH) // schedule.every
    if number == schedule.last_tick:
        return False
    try:
        outbox.add(replace(schedule.made(), id=str(_id_of(schedule.name, number))))
    except DuplicateKeyError:
        is_first = False
    else:
        is_first = True
    schedule.last_tick = number
    return is_first


def _id_of(name: str, number: int) -> ObjectId:
    return ObjectId(hashlib.sha256(f"cron:{name}:{number}".encode()).digest()[:12])
