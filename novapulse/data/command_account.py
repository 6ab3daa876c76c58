"""A listener that tells of MongoDB's commands, and notes how far the request that sends them has gone in writing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from pymongo import monitoring

from novapulse.resilience import account
from novapulse.telemetry import calls
from novapulse.telemetry.calls import Call

if TYPE_CHECKING:
    from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent

_WRITES: Final = frozenset({"insert", "update", "delete", "findAndModify", "bulkWrite"})
_COMMIT: Final = "commitTransaction"
_MORE: Final = "getMore"  # names a cursor where others name their collection
_MICROSECONDS: Final = 1_000_000


class CommandAccount(monitoring.CommandListener):
    """Listens to a client's commands; give it to the client as one of its `event_listeners`.

    PyMongo calls it in the thread, and so for the account, that sends the command, and lets no second command of a
    thread begin before the first has ended. Each try of a command counts.
    """

    def __init__(self) -> None:
        """Start with no command under way."""
        self._under_way = threading.local()

    def started(self, event: CommandStartedEvent) -> None:
        """Note what may have changed something, before it is sent: whether it did is not known until it is answered."""
        name, command = event.command_name, event.command
        target = command.get("collection" if name == _MORE else name)
        self._under_way.collection = target if isinstance(target, str) else ""
        if name not in _WRITES and name != _COMMIT:
            return
        spent = account.current()
        if spent is None:
            return
        if name != _COMMIT and "autocommit" in command:  # only commands of a transaction have the field
            spent.has_written = True
        else:
            spent.has_committed = True

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Tell of it."""
        self._tell(event, error="")

    def failed(self, event: CommandFailedEvent) -> None:
        """Tell of it, with MongoDB's own name for what went wrong, or the driver's."""
        failure: Any = event.failure
        self._tell(event, error=str(failure.get("codeName") or failure.get("errtype") or "OperationFailure"))

    def _tell(self, event: CommandSucceededEvent | CommandFailedEvent, *, error: str) -> None:
        seconds = event.duration_micros / _MICROSECONDS
        calls.ended(Call(calls.MONGODB, event.command_name, self._under_way.collection, seconds, error))
