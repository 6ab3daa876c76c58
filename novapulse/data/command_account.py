"""A listener that enters MongoDB's commands into the account of the request that sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymongo import monitoring

from novapulse.resilience import account

if TYPE_CHECKING:
    from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent

_WRITES: Final = frozenset({"insert", "update", "delete", "findAndModify", "bulkWrite"})
_COMMIT: Final = "commitTransaction"
_MICROSECONDS: Final = 1_000_000


class CommandAccount(monitoring.CommandListener):
    """Listens to a client's commands; give it to the client as one of its `event_listeners`.

    PyMongo calls it in the thread, and so for the account, that sends the command. Each try of a command counts.
    """

    def started(self, event: CommandStartedEvent) -> None:
        """Note what may have changed something, before it is sent: whether it did is not known until it is answered."""
        name = event.command_name
        if name not in _WRITES and name != _COMMIT:
            return
        spent = account.current()
        if spent is None:
            return
        if name != _COMMIT and "autocommit" in event.command:  # only commands of a transaction have the field
            spent.has_written = True
        else:
            spent.has_committed = True

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Enter its time."""
        _enter(event)

    def failed(self, event: CommandFailedEvent) -> None:
        """Enter its time."""
        _enter(event)


def _enter(event: CommandSucceededEvent | CommandFailedEvent) -> None:
    spent = account.current()
    if spent is not None:
        spent.database_commands += 1
        spent.database_seconds += event.duration_micros / _MICROSECONDS
