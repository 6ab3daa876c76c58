"""`manage.py company create`: a company for a customer who does not sign up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.operations.domain import founding
from apps.operations.domain.founding import Charter
from apps.operations.management.company import answers
from apps.operations.management.company.answers import Act, Answer
from novapulse.web.commands import take_reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser


def _create(options: Mapping[str, Any]) -> Answer:
    charter = Charter(options["slug"], options["name"], options["country"])
    company = founding.found(charter, owner_email=options["owner"])
    whose = f"{options['owner']} owns it, and comes in by a password reset where they are new here."
    return answers.told(f"{answers.named(company)} is there; {whose}", company, is_changed=True)


def _arguments(parser: CommandParser) -> None:
    answers.slug(parser)
    parser.add_argument("--name", required=True, help="Its name, as people write it.")
    parser.add_argument("--country", required=True, metavar="CC", help="Where its data is at home, such as DE.")
    parser.add_argument("--owner", required=True, metavar="EMAIL", help="Who owns it; gets no mail.")
    take_reason(parser, required=True)


ACTS: Mapping[str, Act] = {"create": Act("Found a company with an owner.", _create, _arguments)}
