"""`manage.py queue_control`: pause a queue or a company's tasks, and let them go on."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants import api as tenants_api
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.queues import controls
from novapulse.tables import as_text
from novapulse.web.commands import Answer, OperatorCommand, operator, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser


class Command(OperatorCommand):
    """Pause a queue or the tasks of a company, let them go on, or list what is paused.

    Every worker obeys within about a second. What runs goes on to its end; what is enqueued meanwhile is kept. A queue
    or a company that there is not, and a database that does not answer, end the command with exit code 1.
    """

    help = "Pause or resume a queue, or the tasks of a company."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and with which queue or company."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="List what is paused.")
        for name, sentence in {"pause": "Let its tasks wait.", "resume": "Let its tasks run again."}.items():
            action = actions.add_parser(name, help=sentence)
            which = action.add_mutually_exclusive_group(required=True)
            which.add_argument(
                "--queue", choices=list(settings.QUEUES), metavar="NAME", help="A queue, such as default."
            )
            which.add_argument("--company", metavar="SLUG", help="A company, whose tasks are meant in all queues.")
            take_reason(action)
        for action in actions.choices.values():
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell what is paused from then on."""
        sentence = _ACTIONS[options["action"]](options)
        rows = controls.listed()
        text = "\n".join(part for part in (_table(rows) if rows else "", sentence) if part)
        self.stdout.write(Answer(text, [asdict(row) for row in rows]).told(options))


def _list(_options: Mapping[str, Any]) -> str:
    return "" if controls.listed() else "Nothing is paused."


def _pause(options: Mapping[str, Any]) -> str:
    name = _name(options)
    transaction.run(lambda: _recorded(Action.QUEUE_PAUSED, name, partial(controls.pause, name, by=operator())))
    return f"Paused {name}; workers obey within a second."


def _resume(options: Mapping[str, Any]) -> str:
    name = _name(options)
    was_paused = transaction.run(lambda: _recorded(Action.QUEUE_RESUMED, name, partial(controls.resume, name)))
    return f"{name} goes on." if was_paused else f"{name} was not paused."


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {"list": _list, "pause": _pause, "resume": _resume}


def _recorded(action: Action, name: str, change: Callable[[], object]) -> object:
    answer = change()
    audit_api.record([Entry(action, name, home=audit_api.PLATFORM)])
    return answer


def _name(options: Mapping[str, Any]) -> str:
    if options["queue"] is not None:
        return f"queue:{options['queue']}"
    company = tenants_api.company_by_slug(options["company"])
    if company is None:
        raise NotFound(f"There is no company {options['company']!r}.")
    return f"company:{company.id}"


def _table(rows: list[controls.Control]) -> str:
    table = Table("Paused", "By", "Since")
    for row in rows:
        table.add_row(row.name, row.by, row.at.isoformat(timespec="seconds"))
    return as_text(table)
