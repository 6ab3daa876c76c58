"""`manage.py doctor`: whether every store answers."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

from apps.operations.domain import dependencies
from novapulse.tables import as_text
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.management.base import CommandParser

    from novapulse.data.provider import Health


class Command(OperatorCommand):
    """Ping MongoDB, Redis, PostgreSQL and SQS; print whether each answers, in how many ms, our pool and breaker.

    Exits with 1 when one does not answer.
    """

    help = "Ping MongoDB, Redis, PostgreSQL and SQS and print how each is; exit with 1 when one does not answer."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--json` for an answer that programs read."""
        parser.add_argument("--json", action="store_true", help="Print JSON instead of a table.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Examine and tell."""
        found = dependencies.examine()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(health) for health in found]))
        else:
            self.stdout.write(as_text(_table(found)), ending="")
        if not all(health.ok for health in found):
            raise SystemExit(1)


def _table(found: Sequence[Health]) -> Table:
    columns = ("Store", "Answers", "Latency ms", "Open", "In use", "Max", "Breaker", "Detail")
    table = Table(*columns, box=None, pad_edge=False)
    for health in found:
        pool = [str(health.pool.get(figure, "-")) for figure in ("open", "in_use", "max")]
        told = ("yes" if health.ok else "no", f"{health.latency_ms:.2f}", *pool, health.state, health.detail)
        table.add_row(health.name, *told)
    return table
