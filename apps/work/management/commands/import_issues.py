"""`manage.py import_issues --company SLUG --project KEY FILE.csv`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from apps.tenants import api as tenants_api
from apps.work.domain import imports, issue_files
from apps.work.domain.imports import Target
from novapulse import clock
from novapulse.tenancy import scope
from novapulse.web.commands import OperatorCommand, take_reason

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from apps.work.domain.imports import ImportReport

_BAD_ROWS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Order:
    company: str
    project: str
    file: Path
    dry_run: bool


class Command(OperatorCommand):
    """Import an issue tracker's export into a project: Jira's, Trello's, GitHub's, or one of ours.

    Idempotent: an issue whose key the project has is left as it is. Bad rows are told with line and reason and make
    the exit code 1; the good ones stay.
    """

    help = "Import an issue tracker's export (CSV) into a project."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--company", required=True, metavar="SLUG", help="slug of the company")
        parser.add_argument("--project", required=True, metavar="KEY", help="key of a project of the company")
        parser.add_argument("file", type=Path, metavar="FILE.csv", help="the export, in UTF-8")
        take_reason(parser)
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and change nothing")
        parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django's own signature
        """Import, print the outcome, and exit with 1 where a row was bad."""
        order = _Order(options["company"], options["project"].upper(), options["file"], options["dry_run"])
        started = clock.monotonic()
        try:
            report = _run(order)
        except OSError as error:
            raise CommandError(f"{order.file}: {error.strerror or error}") from error
        seconds = clock.monotonic() - started
        self.stdout.write(_as_json(report, order) if options["json"] else _as_text(report, order, seconds=seconds))
        if report.bad:
            raise SystemExit(1)


def _run(order: _Order) -> ImportReport:
    company = tenants_api.company_by_slug(order.company)
    if company is None:
        raise CommandError(f"There is no company {order.company}.")
    with _opened(order.file) as file, scope.company(company.id, location=company.country):
        project_id = imports.project_by_key(order.project)
        settle = imports.count_missing if order.dry_run else imports.create_missing
        with _progress() as bar:
            task = bar.add_task(f"{order.file.name} into {order.company}/{order.project}", total=_rows_in(order.file))
            return imports.import_issues(
                issue_files.read_issues(file),
                target=Target(project_id),
                settle=settle,
                progress=lambda rows: bar.advance(task, rows),
            )


def _opened(file: Path) -> TextIO:
    return file.open(newline="", encoding="utf-8-sig", errors="surrogateescape")


def _rows_in(file: Path) -> int:
    with _opened(file) as again:
        return sum(1 for _ in issue_files.read_issues(again))


def _progress() -> Progress:
    """Show a bar to a person; a pipe or a log sees nothing of it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _as_json(report: ImportReport, order: _Order) -> str:
    bad = [asdict(row) for row in report.bad]
    return json.dumps({"created": report.created, "present": report.present, "bad": bad, "dry_run": order.dry_run})


def _as_text(report: ImportReport, order: _Order, *, seconds: float) -> str:
    lines = [f"line {row.line}: {row.detail} ({row.code})" for row in report.bad[:_BAD_ROWS_SHOWN]]
    if len(report.bad) > _BAD_ROWS_SHOWN:
        lines.append(f"and {len(report.bad) - _BAD_ROWS_SHOWN} more bad rows; --json lists all")
    verb = "Would create" if order.dry_run else "Created"
    nothing = " Nothing changed." if report.created == 0 else ""
    lines.append(
        f"{verb} {report.created} tasks in {order.company}/{order.project}; {report.present} were there already, "
        f"{len(report.bad)} rows were bad ({seconds:.1f} s).{nothing}"
    )
    return "\n".join(lines)
