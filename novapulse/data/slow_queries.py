"""A listener that logs MongoDB's slow commands, with the plan of one in five seconds; never a value.

The plan is asked for afterwards, by a thread of its own: whoever waits for the command does not wait for it. The line
comes once, with the plan where it was asked for.
"""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pymongo import monitoring
from pymongo.errors import PyMongoError

from novapulse import clock, log
from novapulse.data import plans
from novapulse.resilience.background import Background

if TYPE_CHECKING:
    from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent

    from novapulse.data.plans import Planner

_logger = logging.getLogger(__name__)

_BETWEEN_PLANS_SECONDS: Final = 5.0  # where everything is slow, plans are not what MongoDB needs
_MICROSECONDS: Final = 1_000_000
_MORE: Final = "getMore"  # names a cursor where others name their collection


class SlowQueries(monitoring.CommandListener):
    """Listens to a client's commands; give it to the client as one of its `event_listeners`.

    Fails open: a plan that cannot be had is left out.
    """

    def __init__(self, planner: Planner, *, slow_seconds: float) -> None:
        """Take who knows plans, and from when on a command is slow."""
        self.room = Background("slow-queries", threads=1, waiting=2)
        self._planner = planner
        self._slow_micros = slow_seconds * _MICROSECONDS
        self._under_way = threading.local()
        self._lock = threading.Lock()
        self._next_plan_at = 0.0

    def started(self, event: CommandStartedEvent) -> None:
        """Keep the command until it is answered; a thread has one at a time."""
        self._under_way.command = event.command

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Tell of it where it was slow, with its plan."""
        command, self._under_way.command = self._under_way.command, None  # a large one must not stay in memory
        if event.duration_micros < self._slow_micros:
            return
        told = _told(event, command)
        question = plans.question(command)
        if question is None or not self._may_ask():
            _tell(told)
        else:
            self.room.submit(partial(self._tell_with_plan, told, question, event.database_name))

    def failed(self, event: CommandFailedEvent) -> None:
        """Tell of it where it was slow."""
        if event.duration_micros >= self._slow_micros:
            _tell(_told(event, self._under_way.command))

    def _may_ask(self) -> bool:
        now = clock.monotonic()
        with self._lock:
            if now < self._next_plan_at:
                return False
            self._next_plan_at = now + _BETWEEN_PLANS_SECONDS
            return True

    def _tell_with_plan(self, told: dict[str, Any], question: dict[str, Any], database: str) -> None:
        try:
            told["plan"] = self._planner.plan(question, database=database)
        except PyMongoError as error:
            told["plan"] = f"not known: {type(error).__name__}"
        _tell(told)


def _told(event: CommandSucceededEvent | CommandFailedEvent, command: Any) -> dict[str, Any]:  # noqa: ANN401  a document
    name = event.command_name
    target = command.get("collection" if name == _MORE else name)
    collection = target if isinstance(target, str) else ""
    return {"collection": collection, "operation": name, "duration_ms": round(event.duration_micros / 1000, 1)}


def _tell(told: dict[str, Any]) -> None:
    log.event(_logger, "mongo.slow_query", level=logging.WARNING, **told)
