"""`manage.py seed_benchmark`."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import Progress

from apps.operations.domain import benchmark, benchmark_plan, benchmark_removal
from novapulse import clock
from novapulse.web.commands import BadArguments, OperatorCommand, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.core.management.base import CommandParser

_COMPANIES: Final = 10_000
_TASKS: Final = 1_000_000
_SEED: Final = 7


class Command(OperatorCommand):
    """Make companies with people, projects, tasks and comments, to see how the service bears so much; take them away.

    Tasks follow Zipf's law over the companies (rank to the power of -1.2): of 10,000 companies with 1,000,000 tasks the
    first has 208,000, the median 8. Texts are made up, the same for the same seed; nobody made here can sign in. The
    companies are called bench-000001 and so on, and each is marked in the database: what bears the mark, --remove takes
    away at once, with its people and the records of its audit, and wants a --reason. Refused in production, where
    companies of others are and --beside is not given, and where there is such a benchmark already; one that was broken
    off is removed and made anew. Each ends the command with one sentence and exit code 1.
    """

    help = "Make a benchmark's companies with people, projects, tasks and comments, or take them away (--remove)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many, whether to take them away, and whether only to tell."""
        parser.add_argument(
            "--companies", type=int, default=_COMPANIES, metavar="N", help=f"{_COMPANIES:,} if not given."
        )
        parser.add_argument("--tasks", type=int, default=_TASKS, metavar="N", help=f"{_TASKS:,} if not given.")
        parser.add_argument("--seed", type=int, default=_SEED, metavar="N", help=f"{_SEED} if not given.")
        parser.add_argument("--beside", action="store_true", help="Also where there are companies of others.")
        parser.add_argument("--remove", action="store_true", help="Take away what this command has made.")
        parser.add_argument("--dry-run", action="store_true", help="Tell what would be done, and change nothing.")
        take_reason(parser)
        parser.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        if not 0 < options["companies"] <= min(benchmark.MOST, options["tasks"]):
            raise BadArguments(f"--companies is from 1 to {benchmark.MOST:,}, and at most as many as --tasks.")
        if options["remove"] and not (options["dry_run"] or options["reason"]):
            raise BadArguments("--remove wants a --reason, such as --reason 'measured'.")
        audit = logging.getLogger("novapulse.audit")
        usual = audit.level
        audit.setLevel(logging.WARNING)  # it would write two lines for each company
        try:
            told, sentence = _remove(options) if options["remove"] else _make(options)
        finally:
            audit.setLevel(usual)
        self.stdout.write(json.dumps(told) if options["json"] else sentence)


def _make(options: dict[str, Any]) -> tuple[dict[str, Any], str]:
    benchmark.check(may_stand_beside=options["beside"])
    sizes = benchmark_plan.sizes(companies=options["companies"], tasks=options["tasks"])
    counts = {name: sum(getattr(each, name) for each in sizes) for name in ("people", "projects", "tasks")}
    told = {"companies": len(sizes), **counts, "largest": asdict(sizes[0]), "smallest": asdict(sizes[-1])}
    what = f"{len(sizes):,} companies with {counts['people']:,} people and {counts['tasks']:,} tasks"
    if options["dry_run"]:
        return {**told, "documents": 0}, f"Would make {what}, {sizes[0].tasks:,} of them in the first; changed nothing."
    began_at = clock.monotonic()
    about = len(sizes) + 2 * counts["people"] + round(counts["tasks"] * benchmark_plan.DOCUMENTS_PER_TASK)
    with _progress("Making", about) as seen:
        documents = benchmark.make(sizes, seed=options["seed"], seen=seen)
    seconds = clock.monotonic() - began_at
    pace = f"{documents:,} documents in {seconds:.0f} s, {documents / seconds:,.0f} a second"
    return {**told, "documents": documents, "seconds": round(seconds, 1)}, f"Made {what}: {pace}."


def _remove(options: dict[str, Any]) -> tuple[dict[str, Any], str]:
    benchmark.refuse_production()
    found = benchmark_removal.companies()
    if options["dry_run"] or not found:
        sentence = (
            f"Would remove {len(found):,} companies; changed nothing." if found else "There is no benchmark here."
        )
        return {"companies": len(found), "documents": 0}, sentence
    with _progress("Removing", None) as seen:
        documents = benchmark_removal.remove(found, seen=seen)
    sentence = f"Removed {len(found):,} companies: {documents:,} documents."
    return {"companies": len(found), "documents": documents}, sentence


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)
