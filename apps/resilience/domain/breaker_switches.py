"""Breakers held open or closed by hand, and what each process says of its own.

Both live in MongoDB: a switch is read by every process once a second (see `breaker_watch`), and a process writes only
when one of its breakers has changed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pybreaker import STATE_OPEN

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.resilience.documents import BreakerReport, BreakerSwitch
from apps.resilience.errors import NoSuchBreaker, NotByHand
from novapulse import clock, log
from novapulse.data import transaction
from novapulse.resilience import registry

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_logger = logging.getLogger(__name__)

_WHERE_SWITCHES_ARE: Final = "mongodb"


@dataclass(frozen=True, slots=True)
class Switch:
    """A breaker that somebody holds in a state until some time."""

    name: str
    state: str
    until: datetime
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What a process said of a breaker when it last changed."""

    name: str
    process: str
    state: str
    at: datetime


def hold(name: str, *, state: str, length: timedelta, by: str) -> Switch:
    """Hold a breaker open or closed, on every process within a second, for some time.

    Raises NoSuchBreaker; NotByHand for opening the one that the processes hear of it through.
    """
    _check_name(name)
    if name == _WHERE_SWITCHES_ARE and state == STATE_OPEN:
        raise NotByHand
    now = clock.now()
    switch = Switch(name, state, now + length, by, now)
    row = {"state": state, "until": switch.until, "by": by, "at": now}

    def work() -> None:
        BreakerSwitch.collection().update_one({"name": name}, {"$set": row}, upsert=True)
        _record(Action.BREAKER_HELD, name, state=state)

    transaction.run(work)
    _tell(name, state=state, by=by, until=switch.until)
    return switch


def release(name: str, *, by: str) -> bool:
    """Let go of a breaker, which then begins closed; tell whether it was held. Raises NoSuchBreaker."""
    _check_name(name)

    def work() -> bool:
        was_held = BreakerSwitch.collection().delete_one({"name": name}).deleted_count > 0
        _record(Action.BREAKER_RELEASED, name)
        return was_held

    was_held = transaction.run(work)
    _tell(name, state="reset", by=by, until=None)
    return was_held


def switches() -> dict[str, Switch]:
    """Read what is held at present, by name."""
    rows = BreakerSwitch.collection().find({"until": {"$gt": clock.now()}})
    return {row["name"]: Switch(**_fields(row)) for row in rows}


def report(name: str, *, process: str, state: str) -> None:
    """Write down the state that a breaker of this process has changed to."""
    where, row = {"name": name, "process": process}, {"state": state, "at": clock.now()}
    BreakerReport.collection().update_one(where, {"$set": row}, upsert=True)


def reports() -> list[Report]:
    """Read what processes have said, by breaker and then the latest first."""
    rows = BreakerReport.collection().find({}).sort([("name", 1), ("at", -1)])
    return [Report(**_fields(row)) for row in rows]


def names() -> list[str]:
    """List the breakers that there are."""
    return [str(breaker.name) for breaker in registry.breakers()]


def _check_name(name: str) -> None:
    if name not in names():
        raise NoSuchBreaker(f"There is no breaker {name!r}; there are {', '.join(names())}.")


def _record(action: Action, name: str, **details: str) -> None:
    audit_api.record([Entry(action, name, details=details, home=audit_api.PLATFORM)])


def _tell(name: str, *, state: str, by: str, until: datetime | None) -> None:
    log.event(_logger, "resilience.breaker_switched", breaker=name, state=state, by=by, until=until and str(until))


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in row.items() if field != "_id"}
