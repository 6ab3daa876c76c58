"""`manage.py company export|import`: a company's data into a file, and out of one into an empty company."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from apps.operations.domain import founding
from apps.operations.domain.founding import Charter
from apps.operations.management.company import answers
from apps.operations.management.company.answers import Act, Answer
from apps.tenants import api as tenants_api
from apps.work import api as work_api
from novapulse.tenancy import scope
from novapulse.web.commands import take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.core.management.base import CommandParser

    from apps.tenants.api import CompanyRecord
    from apps.work.api import CheckedArchive


def _export(options: Mapping[str, Any]) -> Answer:
    company, file = tenants_api.company_named(options["slug"]), options["file"]
    with _in_our_words(file), _bound(company):
        total = work_api.count_lines_of_export()
        with _progress(f"{company.slug} into {file.name}", total=total) as done:
            manifest = work_api.take_out_company(file, progress=done)
    counts = _stated(manifest)
    data = {"company": company.slug, "file": str(file), **counts, "bytes": file.stat().st_size}
    return Answer(f"Exported {_in_words(counts)} of {company.slug} into {file}.", data)


def _import(options: Mapping[str, Any]) -> Answer:
    slug, file = options["slug"], options["file"]
    with _in_our_words(file):
        archive = work_api.checked_archive(file)
        manifest, company = archive.manifest, tenants_api.company_by_slug(slug)
        if options["dry_run"]:
            _check_is_ready(company, charter=_charter(slug, manifest=manifest))
            counts = _stated(manifest)
        else:
            home = company or founding.found_empty(_charter(slug, manifest=manifest))
            counts = _imported(home, file, manifest=manifest)
    return _told(slug, counts, archive=archive, options=options)


def _told(slug: str, counts: dict[str, int], *, archive: CheckedArchive, options: Mapping[str, Any]) -> Answer:
    """Name the owners as well: the archive alone says who they are, so whoever imports it has to look."""
    owners, known = archive.people.owners, archive.people.known
    verb = "Would import" if options["dry_run"] else "Imported"
    owned = ", ".join(map(answers.printable, owners)) or "nobody"
    people = f"Its owners: {owned}; people in it who had an account here before: {known}."
    data = {"company": slug, **counts, "owners": list(owners), "accounts": known, "dry_run": options["dry_run"]}
    return Answer(f"{verb} {_in_words(counts)} into {slug}. {people}", data)


def _imported(company: CompanyRecord, file: Path, *, manifest: dict[str, Any]) -> dict[str, int]:
    total = sum(count for name, count in _stated(manifest).items() if name in {"tasks", "comments"})
    with _bound(company), _progress(f"{file.name} into {company.slug}", total=total) as done:
        return work_api.import_company(file, progress=done)


def _charter(slug: str, *, manifest: dict[str, Any]) -> Charter:
    source = manifest["company"]
    return Charter(slug, source["name"], source["country"])


def _check_is_ready(company: CompanyRecord | None, *, charter: Charter) -> None:
    if company is None:
        founding.check(charter)
    else:
        with _bound(company):
            work_api.require_ready_for_import()


@contextmanager
def _in_our_words(file: Path) -> Iterator[None]:
    """Tell what the file system refuses in one sentence."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from error


@contextmanager
def _progress(title: str, *, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar to a person; a pipe or a log sees nothing of it."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda lines: bar.advance(task, lines)


def _bound(company: CompanyRecord) -> Any:  # noqa: ANN401  a context manager
    return scope.company(company.id, location=company.country)


def _stated(manifest: dict[str, Any]) -> dict[str, int]:
    return {each["name"].partition(".")[0]: each["count"] for each in manifest["files"]}


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _arguments(parser: CommandParser) -> None:
    answers.slug(parser)
    parser.add_argument("file", type=Path, metavar="FILE.tar.gz", help="The archive.")


def _of_export(parser: CommandParser) -> None:
    _arguments(parser)
    take_reason(parser)


def _of_import(parser: CommandParser) -> None:
    _arguments(parser)
    take_reason(parser, required=True)
    parser.add_argument("--dry-run", action="store_true", help="Check the archive and the company; change nothing.")


ACTS: Mapping[str, Act] = {
    "export": Act("Write all of a company's members, projects, tasks and comments into a file.", _export, _of_export),
    "import": Act("Fill an empty company from an export; one that is not there is founded.", _import, _of_import),
}
