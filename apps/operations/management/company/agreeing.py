"""`manage.py company limits`: what is agreed with one company alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.operations.management.company import answers
from apps.operations.management.company.answers import Act, Answer
from apps.tenants import api as tenants_api
from apps.tenants.api import Agreement
from novapulse.gate.decision import POLICIES
from novapulse.web.commands import BadArguments, take_reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser


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
    agree = tenants_api.agree_afresh if options["reset"] else tenants_api.agree
    company = agree(options["slug"], agreement).company
    return answers.told(f"{answers.named(company)} may use {answers.may(company)}.", company, is_changed=True)


def _arguments(parser: CommandParser) -> None:
    answers.slug(parser)
    for name, sentence in {
        "--quota": "Units in a window: a read costs 1, a write 2, a search 5.",
        "--window-seconds": "Length of the window in seconds.",
        "--concurrency": "Requests at a time.",
    }.items():
        parser.add_argument(name, type=int, metavar="N", help=sentence)
    for name, sentence in {
        "--shadow": "Policies that from now on only log what they would have refused.",
        "--enforce": "Policies that refuse again.",
    }.items():
        parser.add_argument(name, nargs="+", choices=POLICIES, default=[], metavar="POLICY", help=sentence)
    parser.add_argument("--reset", action="store_true", help="First forget what was agreed with the company before.")
    take_reason(parser, required=True)


ACTS: Mapping[str, Act] = {
    "limits": Act("Agree with one company on figures that take the place of its plan's.", _limits, _arguments)
}
