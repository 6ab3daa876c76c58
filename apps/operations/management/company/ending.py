"""`manage.py company delete|verify-deleted`: a company's end, and whether it is true that nothing of it is left."""

from __future__ import annotations

import json
import re
from argparse import ArgumentTypeError
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.management import CommandError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.operations.domain import certificates, deletions, leftovers, sweeping
from apps.operations.domain.deletions import Terms
from apps.operations.errors import CertificateNotOurs, NoSuchDeletion, NotDeleted
from apps.operations.management.company import answers
from apps.operations.management.company.answers import Act, Answer
from apps.tenants import api as tenants_api
from apps.tenants.api import CompanyStatus
from novapulse.tables import as_text
from novapulse.web import rendering
from novapulse.web.commands import BadArguments, operator, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.core.management.base import CommandParser

    from apps.operations.domain.deletions import DeletionRecord
    from apps.operations.domain.leftovers import Findings

    Write = Callable[[str], object]

_GRACE: Final = timedelta(days=30)
_LEAST_GRACE: Final = timedelta(hours=1)  # nothing is deleted sooner without the slug being given twice
_AT_ONCE: Final = timedelta()
_UNITS: Final = {"d": "days", "h": "hours"}


def _delete(options: Mapping[str, Any]) -> Answer:
    slug = options["slug"]
    if options["now"] and options["confirm"] != slug:
        raise BadArguments(f"--now cannot be undone: repeat the slug, as --confirm {slug}")
    if options["dry_run"]:
        return _would_delete(slug)
    grace = _AT_ONCE if options["now"] else options["grace"]
    with _certificate_into(options["certificate"]) as write:
        deletion = deletions.ask(slug, Terms(options["reason"], by=operator(), grace=grace))
        if options["now"]:
            return _delete_now(deletion, write=write)
    return _closed(deletion)


def _closed(deletion: DeletionRecord) -> Answer:
    slug = deletion.slug
    if deletion.begun_at is not None:
        began = f"since {deletion.begun_at:%Y-%m-%d %H:%M} UTC"
        text = f"{slug} is being deleted already, {began}: it cannot be resumed, and no other terms count any more."
        return Answer(text, _as_data(deletion))
    until = f"{deletion.delete_at:%Y-%m-%d %H:%M} UTC"
    closed = "Every credential of it is refused from now on"
    text = f"{slug} is to be deleted at {until}. {closed}; until then manage.py company resume brings it back."
    return Answer(text, _as_data(deletion))


def _delete_now(asked: DeletionRecord, *, write: Write) -> Answer:
    begun = deletions.begin(asked.company_id)
    if begun is None:  # somebody else was at it at this very moment
        return _ended(_finished_meanwhile(asked), write=write)
    with _progress("Deleting", sum(sweeping.meant(begun.home).values())) as told:
        ended = sweeping.sweep(begun, told=lambda _, count: told(count))
    return _ended(ended, write=write)


def _finished_meanwhile(asked: DeletionRecord) -> DeletionRecord:
    with suppress(NoSuchDeletion):
        found = deletions.record_of(asked.company_id)
        if found.finished_at is not None:
            return found
    raise NotDeleted(f"{asked.slug} was resumed meanwhile; nothing was deleted.")


def _would_delete(slug: str) -> Answer:
    company = tenants_api.company_named(slug)
    counts = sweeping.meant(company.home)
    table = Table("Collection", "Documents", box=None, pad_edge=False)
    for name, count in counts.items():
        table.add_row(name, str(count))
    besides = "its data key, its keys in Redis, its dead letters and what staff have noted of it"
    text = (
        f"{as_text(table)}{answers.named(company)} is {company.status.word}. It would be deleted with all of this, "
        f"{besides}; nothing was changed."
    )
    return Answer(text, {"dry_run": True, "company": answers.shown(company), "documents": counts})


def _ended(deletion: DeletionRecord, *, write: Write) -> Answer:
    certificate = deletion.certificate or ""
    write(certificate)
    content = certificates.read(certificate, key=deletion.public_key)
    text = (
        f"{json.dumps(content, indent=2)}\n{certificate}\nDone! {deletion.slug} is deleted; above is its certificate."
    )
    return Answer(text, {**_as_data(deletion), "certificate": certificate, "content": content})


def _verify_deleted(options: Mapping[str, Any]) -> Answer:
    deletion = deletions.of_company(options["slug"])
    audit_api.note([Entry(Action.OPERATOR_READ, deletion.company_id, kind="deletion", home=audit_api.PLATFORM)])
    if deletion.certificate is None:
        return Answer("", _as_data(deletion), trouble=f"{deletion.slug} is not deleted{_when(deletion)}.")
    with _certificate_into(options["certificate"]) as write:
        with _progress("Looking through every store", leftovers.size()) as seen:
            findings = leftovers.find(deletion.home, seen=seen)
        write(deletion.certificate)
    return _verdict(deletion, findings, fault=_fault(deletion))


@contextmanager
def _certificate_into(file: Path | None) -> Iterator[Write]:
    """Make the file before anything is done that cannot be undone; an empty one does not stay.

    Raises CommandError where it is there already, or cannot be made.
    """
    if file is None:
        yield lambda _: None
        return
    try:
        opened = file.open("x", encoding="ascii")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from error
    try:
        with opened:
            yield lambda certificate: opened.write(f"{certificate}\n")
    finally:
        if not file.stat().st_size:
            file.unlink()


def _when(deletion: DeletionRecord) -> str:
    if tenants_api.company(deletion.company_id).status is not CompanyStatus.DELETING:
        return ": it was resumed"
    return f" yet: it is to be at {deletion.delete_at:%Y-%m-%d %H:%M} UTC"


def _fault(deletion: DeletionRecord) -> str:
    try:
        deletions.check_certificate(deletion)
    except CertificateNotOurs as error:
        return error.detail
    return ""


def _verdict(deletion: DeletionRecord, findings: Findings, *, fault: str) -> Answer:
    table = Table("Store", "Where", "Left", "Such as", box=None, pad_edge=False)
    for each in findings.left:
        table.add_row(each.store, each.place, str(each.count), ", ".join(each.first))
    left = sum(each.count for each in findings.left)
    hidden = (
        f" {findings.hidden} dead letters are in other hands: look again in five minutes." if findings.hidden else ""
    )
    trouble = fault or (f"At least {left} of {deletion.slug} are left.{hidden}" if left or hidden else "")
    today = certificates.public_key()
    key = deletion.public_key or today
    whose = "ours" if key == today else "good by the key that was kept with it, of another MASTER_KEY than today's"
    said = f"0 left of {deletion.slug} ({deletion.company_id}); its certificate is {whose}."
    data = {
        **_as_data(deletion),
        "is_deleted": not trouble,
        "is_left": bool(left or findings.hidden),
        "is_signed": not fault,
        "is_of_todays_key": key == today,
        "left": [asdict(each) for each in findings.left],
        "hidden": findings.hidden,
        "certificate": deletion.certificate,
        "public_key": key,
    }
    return Answer(as_text(table) if left else "" if trouble else said, data, trouble=trouble)


def _as_data(deletion: DeletionRecord) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(rendering.encode(asdict(deletion)))
    home = data.pop("home")
    return {"company_id": home["company_id"], **data}


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        yield lambda count: progress.advance(task, count)


def _length(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,4})([dh])", text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no length: give days or hours, such as 30d or 12h")
    length = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if length < _LEAST_GRACE:
        raise ArgumentTypeError(f"{text!r} is no grace: give an hour at least, or --now")
    return length


def _of_delete(parser: CommandParser) -> None:
    answers.slug(parser)
    take_reason(parser, required=True)
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        "--grace",
        type=_length,
        default=_GRACE,
        metavar="LENGTH",
        help="For how long it can be resumed, such as 12h; 30d if not given.",
    )
    when.add_argument("--now", action="store_true", help="Delete it at once, for good.")
    parser.add_argument("--confirm", metavar="SLUG", help="The slug once more: --now wants it.")
    parser.add_argument("--dry-run", action="store_true", help="Tell what would be deleted, and change nothing.")
    _takes_certificate(parser)


def _of_verify(parser: CommandParser) -> None:
    parser.add_argument("slug", metavar="SLUG_OR_ID", help="Id of the company, or the slug that it had.")
    _takes_certificate(parser)


def _takes_certificate(parser: CommandParser) -> None:
    parser.add_argument(
        "--certificate", type=Path, metavar="FILE", help="Write the certificate into this file as well."
    )


ACTS: Mapping[str, Act] = {
    "delete": Act("Delete a company with all that it has, when its grace is over or at once.", _delete, _of_delete),
    "verify-deleted": Act(
        "Look through every store for what is left of a deleted company.", _verify_deleted, _of_verify
    ),
}
