"""`manage.py import_company --company SLUG FILE.tar.gz`."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import Progress

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants import api as tenants_api
from apps.work.domain import archives, company_imports
from novapulse.data import transaction
from novapulse.tenancy import scope
from novapulse.web.commands import OperatorCommand, take_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

    from apps.tenants.api import CompanyRecord

_COUNTED = ("members", "projects", "tasks", "comments")


class Command(OperatorCommand):
    """Import a company's whole export (`POST /company:export`) into an empty company; one that is not there is founded.

    The archive is checked against its manifest before anything is written. People become members by their address,
    without a mail; who is new here comes in by a password reset. Broken off, it is run again.
    """

    help = "Import a company's whole export into an empty company."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--company", required=True, metavar="SLUG", help="slug of the company, there or not")
        parser.add_argument("file", type=Path, metavar="FILE.tar.gz", help="the archive")
        take_reason(parser)
        parser.add_argument("--dry-run", action="store_true", help="check the archive and the company, change nothing")
        parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django's own signature
        """Check, import, print the outcome."""
        slug, file = options["company"], options["file"]
        with _in_our_words(file):
            manifest = archives.checked(file)
            counts = _stated(manifest) if options["dry_run"] else _imported(slug, file, manifest=manifest)
            if options["dry_run"]:
                _check(tenants_api.company_by_slug(slug))
        if options["json"]:
            self.stdout.write(json.dumps({"company": slug, **counts, "dry_run": options["dry_run"]}))
            return
        said = ", ".join(f"{counts[name]} {name}" for name in _COUNTED)
        verb = "Would import" if options["dry_run"] else "Imported"
        self.stdout.write(f"{verb} {said} into {slug}.")


@contextmanager
def _in_our_words(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from error


def _imported(slug: str, file: Path, *, manifest: dict[str, Any]) -> dict[str, int]:
    company = tenants_api.company_by_slug(slug) or _founded(slug, manifest=manifest)
    total = sum(count for name, count in _stated(manifest).items() if name in {"tasks", "comments"})
    with _bound(company), Progress(console=_console(), transient=True, disable=not _console().is_terminal) as bar:
        task = bar.add_task(f"{file.name} into {slug}", total=total)
        return company_imports.import_company(file, progress=lambda lines: bar.advance(task, lines))


def _founded(slug: str, *, manifest: dict[str, Any]) -> CompanyRecord:
    source = manifest["company"]
    if re.fullmatch(tenants_api.SLUG_PATTERN, slug) is None:
        raise CommandError(f"{slug!r} is no slug: 2 to 40 small letters, digits or hyphens.")
    return transaction.run(lambda: _recorded(source, slug))


def _recorded(source: dict[str, Any], slug: str) -> CompanyRecord:
    company = tenants_api.create_company(name=source["name"], slug=slug, country=source["country"])
    audit_api.record([Entry(Action.COMPANY_CREATED, company.id, home=company.home)])
    return company


def _check(company: CompanyRecord | None) -> None:
    if company is not None:
        with _bound(company):
            company_imports.require_empty()


def _bound(company: CompanyRecord) -> Any:  # noqa: ANN401  a context manager
    return scope.company(company.id, location=company.country)


def _stated(manifest: dict[str, Any]) -> dict[str, int]:
    return {each["name"].partition(".")[0]: each["count"] for each in manifest["files"]}


def _console() -> Console:
    return Console(stderr=True)
