"""`manage.py limits show|set|simulate`: what companies may do, how far they have used it, and what others would do."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import replace
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.operations.domain import limit_trials
from apps.tenants import api as tenants_api
from apps.tenants.api import Agreement
from novapulse.errors import Unavailable
from novapulse.gate import standing
from novapulse.gate.decision import POLICIES, Usage
from novapulse.tables import as_text, printable
from novapulse.web.commands import Answer, BadArguments, OperatorCommand, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

    from apps.operations.domain.limit_trials import Trial
    from apps.tenants.api import CompanyRecord
    from novapulse.gate.decision import Limits

_FIGURES: Final = {
    "quota": "Units in a window: a read costs 1, a write 2, a search 5.",
    "window_seconds": "Length of the window in seconds.",
    "concurrency": "Requests at a time.",
}


class Command(OperatorCommand):
    """Show what a company may do and how far it has used it, agree on other limits, or try them on what was.

    `set` acts on the company's next request, on every process; figures take the place of its plan's. `simulate` changes
    nothing: it takes the requests of the log files of this machine (LOG_DIR) by the reckoning of the gate, with the
    figures that are given and else each company's own, and tells what they would have refused, every policy enforced.
    It begins with nothing used; what was refused then counts as answered at once. A company that is not there and a
    database that does not answer end the command with one sentence and exit code 1; without Redis nobody knows usage.
    """

    help = "Show limits and their live usage, agree on others with one company, or try some on the traffic that was."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, with which company, and the figures."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        shown = actions.add_parser("show", help="Show a company's plan, what is agreed with it, and its usage now.")
        agreed = actions.add_parser("set", help="Agree with a company on figures that take the place of its plan's.")
        tried = actions.add_parser("simulate", help="Tell what of the last traffic some limits would have refused.")
        for action in (shown, agreed):
            action.add_argument("slug", metavar="SLUG", help="Slug of the company.")
        tried.add_argument("slug", metavar="SLUG", nargs="?", help="Slug of a company; else all that have asked.")
        for action in (agreed, tried):
            for name, sentence in _FIGURES.items():
                option = f"--{name.replace('_', '-')}"
                action.add_argument(option, type=partial(_figure, name), metavar="N", help=sentence)
        for option, sentence in {
            "--shadow": "Policies that from now on only log what they would have refused.",
            "--enforce": "Policies that refuse again.",
        }.items():
            agreed.add_argument(option, nargs="+", choices=POLICIES, default=[], metavar="POLICY", help=sentence)
        agreed.add_argument(
            "--reset", action="store_true", help="First forget what was agreed with the company before."
        )
        take_reason(agreed, required=True)
        for action in actions.choices.values():
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        self.stdout.write(_ACTIONS[options["action"]](options).told(options))


def _figure(name: str, text: str) -> int:
    most = tenants_api.MOST_LIMITS[name]
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ArgumentTypeError(f"give a number from 1 to {most}")
    return int(text)


def _show(options: Mapping[str, Any]) -> Answer:
    company = tenants_api.company_named(options["slug"])
    audit_api.note([Entry(Action.OPERATOR_READ, company.id, kind="company", home=company.home)])
    limits = tenants_api.limits_of(company)
    usage = _usage_of(company, limits)
    agreed = ", ".join(f"{name} {value}" for name, value in sorted(company.limit_overrides.items()))
    table = Table("Limit", "Value", box=None, pad_edge=False)
    table.add_row("plan", company.plan)
    table.add_row("agreed", agreed or "nothing")
    for name, value in _used(usage).items():
        table.add_row(name.replace("_", " "), "not known" if value is None else str(value))
    return Answer(f"{as_text(table)}{_may(company, limits)}", _as_data(company, limits, usage))


def _usage_of(company: CompanyRecord, limits: Limits) -> Usage | None:
    """Read what is used at the moment, None where Redis is away: nobody else knows it of all processes."""
    try:
        used = standing.usage_of([str(company.id)])
    except Unavailable:
        return None
    return used.get(str(company.id), Usage(limits, limits.quota, reset_seconds=0.0))


def _used(usage: Usage | None) -> dict[str, int | None]:
    """Give the usage in figures, None for each that nobody knows."""
    if usage is None:
        return dict.fromkeys(("remaining_units", "used_units", "reset_seconds", "in_flight"))
    return {
        "remaining_units": usage.remaining,
        "used_units": usage.limits.quota - usage.remaining,
        "reset_seconds": ceil(usage.reset_seconds),
        "in_flight": usage.in_flight,
    }


def _set(options: Mapping[str, Any]) -> Answer:
    shadow, enforce = frozenset(options["shadow"]), frozenset(options["enforce"])
    agreement = replace(_given(options), shadow=shadow, enforce=enforce)
    if agreement == Agreement() and not options["reset"]:
        raise BadArguments("Say what to change: a figure, a policy for --shadow or --enforce, or --reset.")
    if shadow & enforce:
        raise BadArguments("A policy cannot be in shadow and enforced at once.")
    agree = tenants_api.agree_afresh if options["reset"] else tenants_api.agree
    company = agree(options["slug"], agreement).company
    limits = tenants_api.limits_of(company)
    return Answer(f"Done! {_may(company, limits)}", _as_data(company, limits, None))


def _simulate(options: Mapping[str, Any]) -> Answer:
    found = limit_trials.trials(_given(options), slug=options["slug"])
    table = Table("Company", "Limits", "Requests", "Refused", "By", "Busiest minute", box=None, pad_edge=False)
    for each in found:
        by = ", ".join(f"{policy} {times}" for policy, times in sorted(each.refused.items())) or "-"
        busy = f"{each.busiest.at:%Y-%m-%d %H:%M}: {each.busiest.requests} requests, {each.busiest.units} units"
        figures = f"{each.limits.quota} in {each.limits.window_seconds} s, {each.limits.concurrency} at a time"
        table.add_row(each.company.slug, figures, str(each.requests), str(each.refused.total()), by, busy)
    if not found:
        return Answer("The log files tell of no request.", [])
    requests, refused = sum(each.requests for each in found), sum(each.refused.total() for each in found)
    first, last = min(each.first for each in found), max(each.last for each in found)
    span = f"from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"
    return Answer(
        f"{as_text(table)}Of {requests} requests {span} these limits would have refused {refused}.",
        [_trial_as_data(each) for each in found],
    )


def _given(options: Mapping[str, Any]) -> Agreement:
    return Agreement(**{name: options[name] for name in _FIGURES})


def _may(company: CompanyRecord, limits: Limits) -> str:
    shadow = f"; in shadow, where nothing is refused: {', '.join(sorted(limits.shadow))}" if limits.shadow else ""
    figures = f"{limits.quota} units in {limits.window_seconds} s, {limits.concurrency} requests at a time"
    return f"{printable(company.name)} ({company.slug}) may use {figures}{shadow}."


def _as_data(company: CompanyRecord, limits: Limits, usage: Usage | None) -> dict[str, Any]:
    figures = {**{name: getattr(limits, name) for name in _FIGURES}, "shadow": sorted(limits.shadow)}
    said = {"company": company.slug, "plan": company.plan, "agreed": company.limit_overrides, "limits": figures}
    return {**said, "version": limits.version, "usage": None if usage is None else _used(usage)}


def _trial_as_data(trial: Trial) -> dict[str, Any]:
    return {
        "company": trial.company.slug,
        "limits": {name: getattr(trial.limits, name) for name in _FIGURES},
        "requests": trial.requests,
        "refused": trial.refused.total(),
        "refused_by": dict(trial.refused),
        "busiest_minute": {"at": trial.busiest.at, "requests": trial.busiest.requests, "units": trial.busiest.units},
        "first": trial.first,
        "last": trial.last,
    }


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {"show": _show, "set": _set, "simulate": _simulate}
