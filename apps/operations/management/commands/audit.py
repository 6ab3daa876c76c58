"""`manage.py audit verify|show`: whether every record is as it was sealed, and what they say."""

from __future__ import annotations

import json
from argparse import FileType
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.operations.domain import deletions
from apps.tenants import api as tenants_api
from novapulse.tables import as_text
from novapulse.tenancy import scope
from novapulse.web import rendering
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bson import ObjectId
    from django.core.management.base import CommandParser

    from apps.audit.api import Anchors, ChainEnd, Verdict
    from novapulse.tenancy.scope import Scope

_PLATFORM: Final = "(platform)"
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain by the name that people know, and what came out of its verification."""

    name: str
    verdict: Verdict

    def sentence(self) -> str:
        """Say what is wrong."""
        if self.verdict.fault is not None:
            return f"{self.name}: {self.verdict.fault}."
        return f"{self.name}: {self.verdict.late} records have waited for more than a minute; does a server run?"


class Command(OperatorCommand):
    """Verify the chains of companies and of the platform, or show the records of one.

    `verify` finds any record that was edited, deleted, put in another place or added, and those that nobody has sealed
    within a minute; it ends with one sentence that names the first bad sequence, and exit code 1. What was cut off at
    the end it finds by the log: give the file that has the lines `audit.sealed` as --anchors. It changes nothing and
    may run at any time. `show` prints the latest records, and is written down as a read by an operator.
    """

    help = "Verify the audit's chains (verify), or show the latest records of a company (show)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and of which company."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        verify = actions.add_parser("verify", help="Find what is not as it was sealed.")
        which = verify.add_mutually_exclusive_group(required=True)
        which.add_argument("--company", metavar="SLUG", help="Only of this company.")
        which.add_argument("--all", action="store_true", help="Of all companies, and of the platform.")
        verify.add_argument(
            "--anchors", type=FileType(encoding="utf-8"), metavar="FILE", help="A log with lines `audit.sealed`."
        )
        show = actions.add_parser("show", help="Show the latest records of a company, or of the platform.")
        show.add_argument("--company", metavar="SLUG", help="Of this company; of the platform where none is given.")
        show.add_argument("--actions", nargs="+", choices=list(Action), metavar="WORD", help="Only of these actions.")
        show.add_argument("--limit", type=int, default=_SHOWN, help=f"How many at most; {_SHOWN} if not given.")
        for each in (verify, show):
            each.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        if options["action"] == "show":
            self._show(options)
        else:
            self._verify(options)

    def _verify(self, options: Mapping[str, Any]) -> None:
        anchors = _anchors(options)  # first: a company that is founded meanwhile is known, and may be in the log
        homes = _homes(options)
        chains = _verified(homes, anchors=anchors)
        if options["all"]:
            chains += _gone(homes, anchors=anchors)
        self.stdout.write(_as_json(chains) if options["json"] else _as_text(chains))
        bad = [each for each in chains if not each.verdict.is_good]
        if bad:
            raise CommandError(bad[0].sentence())

    def _show(self, options: Mapping[str, Any]) -> None:
        home = audit_api.PLATFORM if options["company"] is None else _named(options["company"])
        audit_api.note([Entry(Action.OPERATOR_READ, home.company_id, kind="audit", home=home)])
        among = {"action": options["actions"]} if options["actions"] else {}
        with scope.company(home.company_id, location=home.location):
            rows = audit_api.page(audit_api.AuditSearch(options["limit"], among=among)).rows
        if options["json"]:
            self.stdout.write(rendering.encode([audit_api.present(row) for row in rows]).decode())
            return
        self.stdout.write(as_text(_table_of(rows)) + f"{len(rows)} records.")


def _homes(options: Mapping[str, Any]) -> dict[str, Scope]:
    if not options["all"]:
        return {options["company"]: _named(options["company"])}
    companies = {company.slug: company.home for company in tenants_api.every_company()}
    return {_PLATFORM: audit_api.PLATFORM, **companies}


def _named(slug: str) -> Scope:
    company = tenants_api.company_by_slug(slug)
    if company is None:
        raise CommandError(f"There is no company {slug!r}.")
    return company.home


def _anchors(options: Mapping[str, Any]) -> Mapping[ObjectId, Anchors]:
    if options["anchors"] is None:
        return {}
    try:
        with options["anchors"] as lines:
            return audit_api.anchors_in(lines)
    except ValueError as error:
        raise CommandError(f"{error}") from error


def _verified(homes: Mapping[str, Scope], *, anchors: Mapping[ObjectId, Anchors]) -> list[Chain]:
    with _progress(sum(map(audit_api.length, homes.values()))) as seen:
        return [
            Chain(name, audit_api.verify(home, anchors=anchors.get(home.company_id, {}), seen=seen))
            for name, home in homes.items()
        ]


def _gone(homes: Mapping[str, Scope], *, anchors: Mapping[ObjectId, Anchors]) -> list[Chain]:
    """Tell of chains that the log has anchors of, and of which there is no company any more.

    Of one that was deleted its certificate says where the chain had ended: that has to be where the log says so.
    """
    strangers = anchors.keys() - {home.company_id for home in homes.values()}
    ends = deletions.finished(strangers)
    fault = "the log says that its records were sealed, and no company has this id"
    gone = audit_api.Verdict(records=0, first_bad=1, fault=fault)
    return [Chain(str(each), _ended(ends[each], anchors[each]) if each in ends else gone) for each in strangers]


def _ended(end: ChainEnd, anchors: Anchors) -> Verdict:
    if max(anchors) > end.records or anchors.get(end.records, {end.hash}) != {end.hash}:
        fault = f"it was deleted, and sequence {end.records} was not its end as the log has it"
        return audit_api.Verdict(records=0, first_bad=end.records, fault=fault)
    return audit_api.Verdict(records=0)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Verifying", total=total)
        yield lambda count: progress.advance(task, count)


def _as_json(chains: list[Chain]) -> str:
    return json.dumps([{"company": each.name, "good": each.verdict.is_good, **asdict(each.verdict)} for each in chains])


def _as_text(chains: list[Chain]) -> str:
    table = Table("Company", "Records", "As sealed", "Waiting too long", box=None, pad_edge=False)
    for each in chains:
        said = "yes" if each.verdict.fault is None else f"no: {each.verdict.fault}"
        table.add_row(each.name, str(each.verdict.records), said, str(each.verdict.late))
    good = sum(each.verdict.is_good for each in chains)
    records = sum(each.verdict.records for each in chains)
    return f"{as_text(table)}{good} of {len(chains)} chains are as they were sealed; {records} records verified."


def _table_of(rows: list[dict[str, Any]]) -> Table:
    table = Table("Sequence", "At", "Action", "Outcome", "By", "Target", "Why", "Request", box=None, pad_edge=False)
    for row in rows:
        actor, target = row["actor"], row["target"]
        by = f"{actor['kind']} {actor['name'] or actor['membership_id'] or actor['identity_id'] or ''}"
        at = row["at"].isoformat(sep=" ", timespec="milliseconds")
        what = "-" if target is None else f"{target['type']} {target['id']}"
        why, request_id = row["reason"] or "-", row["request_id"] or "-"
        table.add_row(str(row["sequence"]), at, row["action"], row["outcome"], by, what, why, request_id)
    return table
