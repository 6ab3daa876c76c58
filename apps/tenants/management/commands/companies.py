"""`manage.py companies list|show|suspend|resume|plan|limits`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants.api import PlanName, limits_of
from apps.tenants.domain import companies, limits, suspension
from apps.tenants.domain.limits import Agreement
from novapulse.gate.decision import POLICIES
from novapulse.tables import as_text
from novapulse.web.commands import BadArguments, OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

    from apps.tenants.domain.companies import CompanyRecord, Outcome
    from novapulse.gate.decision import Limits


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command prints: a text for people, or the same as data for programs."""

    text: str
    data: object


class Command(OperatorCommand):
    """Show companies, suspend and resume them, put them on a plan, and agree on limits with one alone.

    While a company is suspended every credential of it is refused, on every process within a second after the command
    is done; a plan and limits act on the next request. Safe to run again. A company that is not there, a figure that
    cannot be and a database that does not answer end the command with one sentence and exit code 1.
    """

    help = "Show companies (list, show), suspend and resume them, change their plan and their limits."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, with which company, and for each its own options."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        json_only = actions.add_parser("list", help="List all companies with their plans and limits.")
        json_only.add_argument("--json", action="store_true", help="Print JSON instead of a table.")
        for name, sentence in _OF_ONE.items():
            action = actions.add_parser(name, help=sentence)
            action.add_argument("slug", metavar="SLUG", help="Slug of the company.")
            _OPTIONS.get(name, _no_options)(action)
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        answer = _ACTIONS[options["action"]](options)
        self.stdout.write(json.dumps(answer.data) if options["json"] else answer.text)


_OF_ONE = {
    "show": "Show one company.",
    "suspend": "Refuse every credential of a company and let nobody of it sign in.",
    "resume": "Let a suspended company's people work again.",
    "plan": "Put a company on a plan; what is agreed with it alone stays.",
    "limits": "Agree with one company on figures that take the place of its plan's.",
}


def _no_options(_action: CommandParser) -> None:
    """Most take none."""


def _dry_run(action: CommandParser) -> None:
    action.add_argument("--dry-run", action="store_true", help="Tell what would be done, and change nothing.")


def _plan_name(action: CommandParser) -> None:
    action.add_argument("plan", choices=[plan.value for plan in PlanName], help="The plan.")


def _figures(action: CommandParser) -> None:
    for name, sentence in {
        "--quota": "Units in a window: a read costs 1, a write 2, a search 5.",
        "--window-seconds": "Length of the window in seconds.",
        "--concurrency": "Requests at a time.",
    }.items():
        action.add_argument(name, type=int, metavar="N", help=sentence)
    for name, sentence in {
        "--shadow": "Policies that from now on only log what they would have refused.",
        "--enforce": "Policies that refuse again.",
    }.items():
        action.add_argument(name, nargs="+", choices=POLICIES, default=[], metavar="POLICY", help=sentence)
    action.add_argument("--reset", action="store_true", help="First forget what was agreed with the company before.")


_OPTIONS: Mapping[str, Callable[[CommandParser], None]] = {"suspend": _dry_run, "plan": _plan_name, "limits": _figures}


def _list(_options: Mapping[str, Any]) -> Answer:
    audit_api.note([Entry(Action.OPERATOR_READ, "companies", kind="list", home=audit_api.PLATFORM)])
    found = list(companies.every_company())
    table = Table("Slug", "Name", "Country", "Status", "Plan", "Limits", box=None, pad_edge=False)
    for each in found:
        table.add_row(each.slug, _printable(each.name), each.country, each.status, each.plan, _figures_of(each))
    suspended = sum(not each.is_active for each in found)
    return Answer(f"{as_text(table)}{len(found)} companies, {suspended} suspended.", [_shown(each) for each in found])


def _show(options: Mapping[str, Any]) -> Answer:
    company = companies.company_named(options["slug"])
    audit_api.note([Entry(Action.OPERATOR_READ, company.id, kind="company", home=company.home)])
    data = _shown(company)
    table = Table("Field", "Value", box=None, pad_edge=False)
    for name, value in data.items():
        table.add_row(name, _printable(_in_words(value)))
    return Answer(f"{as_text(table)}{_may(company)}", data)


def _suspend(options: Mapping[str, Any]) -> Answer:
    if options["dry_run"]:
        company = companies.company_named(options["slug"])
        would = "would be suspended" if company.is_active else "is suspended already"
        return _told(f"{_named(company)} {would}; nothing was changed.", company, is_changed=False)
    outcome = suspension.suspend(options["slug"])
    done = "is suspended: nobody of it can sign in, and every credential of it is refused."
    return _came_of(outcome, changed=done, unchanged="is suspended already; nothing was changed.")


def _resume(options: Mapping[str, Any]) -> Answer:
    outcome = suspension.resume(options["slug"])
    return _came_of(outcome, changed="may work again.", unchanged="is not suspended; nothing was changed.")


def _plan(options: Mapping[str, Any]) -> Answer:
    outcome = limits.change_plan(options["slug"], PlanName(options["plan"]))
    plan = outcome.company.plan
    done = f"is on the plan {plan} now: {_figures_of(outcome.company)}{_in_shadow(outcome.company)}."
    return _came_of(outcome, changed=done, unchanged=f"is on the plan {plan} already; nothing was changed.")


def _limits(options: Mapping[str, Any]) -> Answer:
    agreement = Agreement(
        quota=options["quota"],
        window_seconds=options["window_seconds"],
        concurrency=options["concurrency"],
        shadow=frozenset(options["shadow"]),
        enforce=frozenset(options["enforce"]),
    )
    if agreement == Agreement() and not options["reset"]:
        raise BadArguments("Say what to change: a figure, a policy for --shadow or --enforce, or --reset.")
    agree = limits.agree_afresh if options["reset"] else limits.agree
    company = agree(options["slug"], agreement).company
    return _told(_may(company), company, is_changed=True)


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
    "list": _list,
    "show": _show,
    "suspend": _suspend,
    "resume": _resume,
    "plan": _plan,
    "limits": _limits,
}


def _came_of(outcome: Outcome, *, changed: str, unchanged: str) -> Answer:
    sentence = f"{_named(outcome.company)} {changed if outcome.is_changed else unchanged}"
    return _told(sentence, outcome.company, is_changed=outcome.is_changed)


def _told(sentence: str, company: CompanyRecord, *, is_changed: bool) -> Answer:
    return Answer(sentence, {"changed": is_changed, "company": _shown(company)})


def _may(company: CompanyRecord) -> str:
    return f"{_named(company)} may use {_figures_of(company)}{_in_shadow(company)}."


def _in_shadow(company: CompanyRecord) -> str:
    shadow = sorted(limits_of(company).shadow)
    return f"; in shadow, where nothing is refused: {', '.join(shadow)}" if shadow else ""


def _figures_of(company: CompanyRecord) -> str:
    found = limits_of(company)
    return f"{found.quota} units in {found.window_seconds} s, {found.concurrency} requests at a time"


def _named(company: CompanyRecord) -> str:
    return f"{_printable(company.name)} ({company.slug})"


def _shown(company: CompanyRecord) -> dict[str, Any]:
    presented = {**companies.present(company), "agreed": company.limit_overrides}
    return {**json.loads(json.dumps(presented, default=_as_json)), "limits": _as_data(limits_of(company))}


def _as_json(value: object) -> str:
    """Write a moment as the API and the other commands do (RFC 3339), an id as its text."""
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else str(value)


def _in_words(value: object) -> str:
    """Show a value to a person: text as it is, figures beside their names, and a dash for nothing."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_words(each)}" for name, each in value.items()) or "-"
    return value if isinstance(value, str) else json.dumps(value)


def _as_data(found: Limits) -> dict[str, Any]:
    figures = {name: getattr(found, name) for name in limits.MOST}
    return {**figures, "shadow": sorted(found.shadow), "version": found.version}


def _printable(text: str) -> str:
    """Take out what a terminal would obey: names are written by customers."""
    return "".join(each if each.isprintable() else "?" for each in text)
