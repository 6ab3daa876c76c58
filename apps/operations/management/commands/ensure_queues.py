"""`manage.py ensure_queues`: the plan of queues, and with `--apply` their making."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from novapulse.queues import setup
from novapulse.queues.setup import State
from novapulse.tables import as_text
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.management.base import CommandParser

    from novapulse.queues.setup import QueuePlan


class Command(OperatorCommand):
    """Compare the queues that the settings want with those that SQS has; `--apply` makes what is missing and differs.

    Each queue has one for its dead letters, which keeps them longer; all are encrypted. No queue and no message is ever
    deleted. Safe to run at any time and again. An SQS that does not answer ends the command with one sentence and exit
    code 1; what was made by then stays.
    """

    help = "Show which queues are missing or differ from the settings; --apply makes them so."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--apply`, and `--json` for an answer that programs read."""
        parser.add_argument("--apply", action="store_true", help="Make what is missing, set what differs.")
        parser.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Plan, make where that was asked for, and tell."""
        plans = setup.plan()
        if options["apply"]:
            audit_api.note([Entry(Action.QUEUES_APPLIED, home=audit_api.PLATFORM)])  # first: SQS knows no transaction
            setup.apply(plans)
        answer = _as_json if options["json"] else _as_text
        self.stdout.write(answer(plans, applied=options["apply"]))


def _as_json(plans: Sequence[QueuePlan], *, applied: bool) -> str:
    pending = not applied and any(each.state is not State.RIGHT for each in plans)
    return json.dumps({"applied": applied, "pending": pending, "queues": [asdict(each) for each in plans]})


def _as_text(plans: Sequence[QueuePlan], *, applied: bool) -> str:
    table = Table("State", "Queue", "Attribute", "Is", "Wanted", box=None, pad_edge=False)
    for each in plans:
        for difference in each.differences:
            table.add_row(each.state, each.name, difference.attribute, difference.found or "-", difference.wanted)
    wrong = sum(each.state is not State.RIGHT for each in plans)
    if not wrong:
        return f"Nothing to do: {len(plans)} queues are as they should be."
    if applied:
        return as_text(table) + f"Done! Set up {wrong} queues."
    return as_text(table) + f"{wrong} queues are missing or differ; run again with --apply to set them up."
