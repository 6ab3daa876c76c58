"""What was refused to somebody known: told to their company; and ids of others that were tried, told to operators.

Whether an id that was not found is another company's is looked up after the answer, in a thread of its own: so the
answer is the same, and as quick, as for an id that nobody has. What is found stands in the platform's chain alone: in
the asking company's it would tell that the id is somebody's.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pymongo.errors import PyMongoError

from apps.audit import conf
from apps.audit.domain import actors
from apps.audit.domain.records import Entry, note
from apps.audit.enums import Action, Outcome
from novapulse import log
from novapulse.errors import Trouble
from novapulse.resilience.background import Background
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bson import ObjectId

    from apps.audit.domain.actors import Actor
    from novapulse.tenancy.scope import Scope

    Finders = Mapping[str, Callable[[ObjectId], ObjectId | None]]

_logger = logging.getLogger("novapulse.audit")

_WAITING: Final = 1_000  # a company's limits bound how many come; what finds no place is logged

room = Background("foreign-ids", threads=1, waiting=_WAITING)
_finders: dict[str, Callable[[ObjectId], ObjectId | None]] = {}


def find_by(finders: Finders) -> None:
    """Say how to find the company that an id belongs to, by the id's name in routes; the wiring introduces the apps."""
    _finders.update(finders)


def note_denied(route: str, *, reason: str, home: Scope) -> None:
    """Tell a company that something was denied to one of its members.

    Fails open: where MongoDB is away the answer stays what it was, and a line in the log says so.
    """
    entry = Entry(Action.ACCESS_DENIED, route, kind="route", outcome=Outcome.REFUSED, reason=reason, home=home)
    try:
        note([entry])
    except (PyMongoError, Trouble) as error:
        log.event(_logger, "audit.denial_lost", level=logging.ERROR, target=route, error=type(error).__name__)


def look_at(ids: Mapping[str, Any], *, home: Scope) -> None:
    """Find out soon whether an id that this company has asked for in vain is another's; waits for nothing."""
    by = actors.current()
    for name, value in ids.items():
        if name in _finders:
            room.submit(partial(_look, name, value, home=home, by=by))


def _look(name: str, value: ObjectId, *, home: Scope, by: Actor) -> None:
    with scope.across_tenants("an id was not found: is it another company's?"):
        owner = _finders[name](value)
    if owner is None or owner == home.company_id:
        return
    kind = name.removesuffix("_id")
    details = {"company": str(home.company_id)}
    refused = Outcome.REFUSED
    note([Entry(Action.ACCESS_FOREIGN_ID, value, kind, details=details, outcome=refused, home=conf.PLATFORM, by=by)])
    log.event(_logger, "audit.foreign_id", level=logging.WARNING, company_id=str(home.company_id), kind=kind)
