"""`manage.py queues`: how the queues are, as a table that stays up to date."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from novapulse.queues import depths
from novapulse.queues.figures import Figure
from novapulse.tables import as_text
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from novapulse.queues.depths import Overview, Work

_EVERY_SECONDS: Final = 2.0
_SHARES: Final = (0.5, 0.95, 0.99)
_MINUTE: Final = 60
_COLUMNS: Final = (
    *("Queue", "Waiting", "In flight", "Delayed", "Unfinished", "Oldest", "Dwell p50", "p95", "p99"),
    *("Attempts", "Retries", "Dead", "Copies", "Poison", "Beats missed", "Leases lost"),
)


class Command(OperatorCommand):
    """Show how the queues are, renewed every two seconds until Ctrl-C; once where nobody looks at a screen.

    Waiting, in flight, delayed and dead are what SQS holds, about; unfinished and oldest what our own rows say; the
    rest is what all workers counted within fifteen minutes. Dwell is the time between a task's being due and its
    beginning. MongoDB not answering ends the command with one sentence and exit code 1; without SQS its columns are
    empty. What to do about what it shows is in docs/runbooks/queues.md.
    """

    help = "Show depth, age, dwell times and troubles of the queues, renewed every two seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--once`, and `--json` for an answer that programs read."""
        parser.add_argument("--once", action="store_true", help="Print the table once and end.")
        parser.add_argument("--json", action="store_true", help="Print JSON once instead of a table.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Show, once or until interrupted."""
        if options["json"]:
            self.stdout.write(json.dumps(_as_data(depths.overview())))
        elif options["once"] or not Console().is_terminal:
            found = depths.overview()
            self.stdout.write(as_text(_table(found)) + _conclusion(found))
        else:
            _watch()


def _watch() -> None:
    try:
        with Live(_table(depths.overview()), auto_refresh=False) as live:
            while True:
                time.sleep(_EVERY_SECONDS)
                found = depths.overview()
                live.update(_captioned(found), refresh=True)
    except KeyboardInterrupt:
        return


def _captioned(found: Overview) -> Table:
    table = _table(found)
    table.caption, table.caption_justify = _conclusion(found), "left"
    return table


def _table(found: Overview) -> Table:
    table = Table(*_COLUMNS, box=None, pad_edge=False)
    for work in found.queues:
        depth, counts = work.depth, work.recent.counts
        held = (depth.waiting, depth.in_flight, depth.delayed) if depth else ("-", "-", "-")
        dead = depth.dead + depth.dead_in_flight if depth else "-"
        waits = (_length(work.recent.dwell_seconds(share)) for share in _SHARES)
        told = (counts[Figure.ATTEMPTS], counts[Figure.RETRIES], dead, counts[Figure.DUPLICATES], counts[Figure.POISON])
        troubles = (counts[Figure.HEARTBEAT_FAILURES], counts[Figure.LEASES_LOST])
        oldest = _length(work.oldest_unfinished_seconds)
        table.add_row(*map(str, (work.queue, *held, work.unfinished, oldest, *waits, *told, *troubles)))
    return table


def _conclusion(found: Overview) -> str:
    at = found.at.isoformat(sep=" ", timespec="seconds")
    paused = f" Paused: {', '.join(found.paused)}." if found.paused else ""
    return f"At {at}: the outbox lags by {_length(found.outbox_lag_seconds)}.{paused} {found.trouble}".rstrip()


def _length(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.2g} s" if seconds < _MINUTE else str(timedelta(seconds=round(seconds)))


def _as_data(found: Overview) -> dict[str, Any]:
    queues = [_work(work) for work in found.queues]
    return {
        "at": found.at.isoformat(),
        "outbox_lag_seconds": found.outbox_lag_seconds,
        "paused": found.paused,
        "trouble": found.trouble,
        "queues": queues,
    }


def _work(work: Work) -> dict[str, Any]:
    depth = work.depth
    return {
        "queue": work.queue,
        "depth": asdict(depth) if depth else None,
        "inflight_saturation": depth.saturation if depth else None,
        "unfinished": work.unfinished,
        "oldest_unfinished_seconds": work.oldest_unfinished_seconds,
        "recent": {figure: work.recent.counts[figure] for figure in Figure},
        "dwell_seconds": {f"p{share * 100:.0f}": work.recent.dwell_seconds(share) for share in _SHARES},
    }
