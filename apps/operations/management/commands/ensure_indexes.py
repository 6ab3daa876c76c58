"""`manage.py ensure_indexes`: the plan of indexes, and with `--apply` their building."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.operations.domain import indexes
from apps.operations.enums import IndexState
from novapulse.tables import as_text
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from apps.operations.domain.indexes import Plan


class Command(OperatorCommand):
    """Compare the indexes that documents declare with those that MongoDB has; `--apply` builds what is missing.

    What differs from its declaration or is not declared is only reported: dropping it is a person's decision. Safe to
    run at any time and again. A database that does not answer ends the command with one sentence and exit code 1.
    """

    help = "Show which MongoDB indexes are missing, changed or extra; --apply builds the missing ones."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--apply`, and `--json` for an answer that programs read."""
        parser.add_argument("--apply", action="store_true", help="Build what is missing.")
        parser.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Plan, build where that was asked for, and tell."""
        plan = indexes.plan()
        if options["apply"]:
            details = {"indexes": len(plan.to_build)}
            audit_api.note([Entry(Action.INDEXES_APPLIED, details=details, home=audit_api.PLATFORM)])
            _build(plan)
        answer = _as_json if options["json"] else _as_text
        self.stdout.write(answer(plan, applied=options["apply"]))


def _build(plan: Plan) -> None:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Building indexes", total=len(plan.to_build))
        indexes.apply(plan, done=lambda _: progress.advance(task))


def _as_json(plan: Plan, *, applied: bool) -> str:
    return json.dumps(
        {
            "applied": applied,
            "pending": plan.is_pending and not applied,
            "collections": list(plan.missing_collections),
            "differences": [asdict(each) for each in plan.differences],
        }
    )


def _as_text(plan: Plan, *, applied: bool) -> str:
    conclusion = _conclusion(plan, applied=applied)
    if not plan.differences:
        return conclusion
    table = Table("State", "Collection", "Index", box=None, pad_edge=False)
    for each in plan.differences:
        table.add_row(each.state, each.collection, each.name)
    return as_text(table) + conclusion


def _conclusion(plan: Plan, *, applied: bool) -> str:
    what = f"{len(plan.to_build)} indexes and {len(plan.missing_collections)} collections"
    if not plan.is_pending:
        return f"Nothing to do: no index is missing.{_left(plan)}"
    if applied:
        return f"Done! Built {what}.{_left(plan)}"
    return f"{what} are missing; run again with --apply to build them.{_left(plan)}"


def _left(plan: Plan) -> str:
    left = sum(each.state is not IndexState.MISSING for each in plan.differences)
    return f" {left} that differ or are not declared stay: drop them by hand if they are not wanted." if left else ""
