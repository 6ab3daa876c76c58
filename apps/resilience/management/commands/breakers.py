"""`manage.py breakers show|open|close|reset`."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from pybreaker import STATE_CLOSED, STATE_OPEN
from rich.table import Table

from apps.resilience.domain import breaker_switches
from novapulse import clock
from novapulse.tables import as_text
from novapulse.web.commands import Answer, OperatorCommand, operator, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours"}
_LONGEST: Final = timedelta(hours=24)  # what is forgotten ends within a day
_STATES: Final = {"open": STATE_OPEN, "close": STATE_CLOSED}


class Command(OperatorCommand):
    """Show the breakers round our dependencies; hold one open or closed for a while, or let it go.

    Acts on every process within two seconds, and is logged as `resilience.breaker_switched`. `show` tells what is held
    and what each process said when one of its breakers last changed: one that has said nothing has all of them closed.
    A name that is not there and a database that does not answer end the command with one sentence and exit code 1.
    """

    help = "Show the breakers round our dependencies (show), hold one (open, close) for a while, let it go (reset)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, with which breaker, and for how long."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("show", help="Show what is held, and what processes say of their breakers.")
        for name, sentence in {"open": "Refuse all calls.", "close": "Let all calls pass, whatever they meet."}.items():
            action = actions.add_parser(name, help=sentence)
            action.add_argument("name", metavar="NAME", help="Name of the breaker.")
            length = "For how long: a number and s, m or h, such as 10m; a day at most."
            action.add_argument("--for", dest="length", type=_length, required=True, metavar="TIME", help=length)
            take_reason(action)
        reset = actions.add_parser("reset", help="Let go of what is held; the breaker begins closed.")
        reset.add_argument("name", metavar="NAME", help="Name of the breaker.")
        take_reason(reset)
        for action in actions.choices.values():
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        self.stdout.write(_ACTIONS[options["action"]](options).told(options))


def _length(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,5})([smh])", text, re.ASCII)
    length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if length is None or length > _LONGEST:
        raise ArgumentTypeError("a number and s, m or h, such as 10m, and no more than 24h")
    return length


def _hold(options: Mapping[str, Any]) -> Answer:
    state = _STATES[options["action"]]
    held = breaker_switches.hold(options["name"], state=state, length=options["length"], by=operator())
    until = held.until.isoformat(timespec="seconds")
    return Answer(f"Done! {held.name} is held {held.state} until {until}, on every process.", asdict(held))


def _reset(options: Mapping[str, Any]) -> Answer:
    was_held = breaker_switches.release(options["name"], by=operator())
    name = options["name"]
    told = f"Done! {name} is let go." if was_held else f"Nothing to do: {name} was not held."
    return Answer(told, {"name": name, "changed": was_held})


def _show(_options: Mapping[str, Any]) -> Answer:
    held, said = breaker_switches.switches(), breaker_switches.reports()
    found = {"names": breaker_switches.names(), "held": [*map(asdict, held.values())], "said": [*map(asdict, said)]}
    table = Table("Breaker", "State", "Who says so", "Seconds ago", "Until", box=None, pad_edge=False)
    now = clock.now()
    for name in breaker_switches.names():
        if name in held:
            by = held[name]
            table.add_row(name, by.state, by.by, f"{(now - by.at).total_seconds():.0f}", by.until.isoformat(sep=" "))
        for each in (report for report in said if report.name == name):
            table.add_row(name, each.state, each.process, f"{(now - each.at).total_seconds():.0f}", "")
        if name not in held and all(report.name != name for report in said):
            table.add_row(name, STATE_CLOSED, "nobody says otherwise", "", "")
    return Answer(as_text(table) + f"{len(held)} of {len(breaker_switches.names())} held by hand.", found)


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
    "open": _hold,
    "close": _hold,
    "reset": _reset,
    "show": _show,
}
