"""`manage.py isolation_scan`."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.operations.domain import isolation_scan
from apps.tenants import api as tenants_api
from novapulse.tables import as_text
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.core.management.base import CommandParser

    from apps.operations.domain.isolation import Report
    from apps.tenants.api import CompanyRecord


NOT_LOOKED_AT: Final = (
    "keys of Redis that carry no company, and what stands behind the first 64 KiB of a value",
    "messages of tasks that this version does not know, but for whose they are",
    "documents that name no company in company_id, in collections that nobody declares",
)


class Command(OperatorCommand):
    """Look whether any document, key of Redis or message leads from one company to another.

    Each reference that documents declare is followed: what it names must be there, in the same company and location.
    Where nothing is declared (Redis, collections that no document is of), all ids that stand there are looked up.
    Whatever names no company, one that is not there, or a location that is not its company's, is told as well. It
    changes nothing and may run at any time, batch by batch; MONGO_READ_PREFERENCE=secondaryPreferred has replicas read
    for it. Ids are told, never values. Exit code 0 where nothing was found; 1 with each finding, or with one sentence
    where a store does not answer. While an import of a company is under way its tasks name projects that
    come last.
    """

    help = "Find documents, Redis keys and messages that lead from one company to another; changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose, and `--json`."""
        parser.add_argument("--company", metavar="SLUG", help="Look only at what names this company.")
        parser.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Look, and tell."""
        company = None if options["company"] is None else _named(options["company"])
        home = audit_api.PLATFORM if company is None else company.home
        audit_api.note([Entry(Action.OPERATOR_READ, "isolation", kind="scan", home=home)])
        with _progress(isolation_scan.about_how_many() if company is None else None) as seen:
            report = isolation_scan.scan(None if company is None else company.id, seen=seen)
        self.stdout.write(_as_json(report) if options["json"] else _as_text(report))
        if report.findings:
            found = len(report.findings) + report.left_out
            raise CommandError(f"{found} findings among {report.looked_at.total()} documents, keys and messages.")


def _named(slug: str) -> CompanyRecord:
    company = tenants_api.company_by_slug(slug)
    if company is None:
        raise CommandError(f"There is no company {slug!r}.")
    return company


@contextmanager
def _progress(total: int | None) -> Iterator[Callable[[str, int], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Looking", total=total)
        yield lambda kind, count: progress.update(task, advance=count, description=f"Looking at {kind}")


def _as_json(report: Report) -> str:
    findings = [{**asdict(each), "fault": each.fault.name.lower()} for each in report.findings]
    not_looked_at = {"not_looked_at": NOT_LOOKED_AT}
    return json.dumps(
        {"looked_at": report.looked_at, "findings": findings, "left_out": report.left_out} | not_looked_at
    )


def _as_text(report: Report) -> str:
    looked_at = Table("Kind", "Looked at", box=None, pad_edge=False)
    for kind, count in sorted(report.looked_at.items()):
        looked_at.add_row(kind, str(count))
    table = as_text(looked_at) + "".join(f"Not looked at: {each}.\n" for each in NOT_LOOKED_AT)
    if not report.findings:
        total = report.looked_at.total()
        return f"{table}Nothing leads from one company to another: {total} documents, keys and messages."
    columns = ("Kind", "Id", "Of company", "What is wrong", "Field", "Names", "Which is of")
    found = Table(*columns, box=None, pad_edge=False)
    for each in report.findings:
        found.add_row(each.kind, each.id, each.company_id, each.fault, each.path, each.named, each.whose)
    left_out = f"{report.left_out} more are not shown.\n" if report.left_out else ""
    return f"{table}\n{as_text(found)}{left_out}"
