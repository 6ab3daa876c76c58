"""`manage.py queue_control`: pause a queue or a company's tasks, and let them go on."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from novapulse.data import transaction
from novapulse.queues import controls
from novapulse.tables import as_text
from novapulse.web.commands import BadArguments, OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.management.base import CommandParser


class Command(OperatorCommand):
    """Pause a queue or the tasks of a company, let them go on, or list what is paused.

    Every worker obeys within about a second. What runs goes on to its end; what is enqueued meanwhile is kept.
    """

    help = "Pause or resume a queue, or the tasks of a company."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, with which queue or company, and who does it."""
        parser.add_argument("action", choices=["pause", "resume", "list"], help="What to do.")
        parser.add_argument("--queue", help="Name of a queue, such as default.")
        parser.add_argument("--company", metavar="ID", help="Id of a company, whose tasks are meant in all queues.")
        parser.add_argument("--by", default="operator", help="Who does it, for the others to see.")
        parser.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it; a queue that there is not, and a database that does not answer, end the command with exit code 1."""
        sentence = _done(options)
        rows = controls.listed()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(row) for row in rows], default=str))
            return
        self.stdout.write("\n".join(part for part in (_table(rows) if rows else "", sentence) if part))


def _done(options: dict[str, Any]) -> str:
    if options["action"] == "list":
        return "Nothing is paused." if not controls.listed() else ""
    name = _name(options)
    if options["action"] == "pause":
        transaction.run(lambda: _recorded(Action.QUEUE_PAUSED, name, partial(controls.pause, name, by=options["by"])))
        return f"Paused {name}; workers obey within a second."
    was_paused = transaction.run(lambda: _recorded(Action.QUEUE_RESUMED, name, partial(controls.resume, name)))
    return f"{name} goes on." if was_paused else f"{name} was not paused."


def _recorded(action: Action, name: str, change: Callable[[], object]) -> object:
    answer = change()
    audit_api.record([Entry(action, name, home=audit_api.PLATFORM)])
    return answer


def _name(options: dict[str, Any]) -> str:
    queue, company = options["queue"], options["company"]
    if (queue is None) == (company is None):
        raise BadArguments("Say either --queue or --company.")
    if queue is not None and queue not in settings.QUEUES:
        raise BadArguments(f"There is no queue {queue!r}; there are {', '.join(settings.QUEUES)}.")
    return f"queue:{queue}" if queue is not None else f"company:{company}"


def _table(rows: list[controls.Control]) -> str:
    table = Table("Paused", "By", "Since")
    for row in rows:
        table.add_row(row.name, row.by, row.at.isoformat(timespec="seconds"))
    return as_text(table)
