"""What the actions of `manage.py company` share: what an action is, what it answers, how a company is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from apps.tenants import api as tenants_api

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

    from apps.tenants.api import CompanyRecord, Outcome
    from novapulse.gate.decision import Limits

_FIGURES: Final = ("quota", "window_seconds", "concurrency")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command prints: a text for people, or the same as data for programs.

    trouble: a sentence where it ends with exit code 1 all the same.
    """

    text: str
    data: object
    trouble: str = ""


def _no_arguments(_parser: CommandParser) -> None:
    """Most take none of their own."""


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done: its sentence in the help, what does it, and the arguments that it takes besides `--json`."""

    sentence: str
    do: Callable[[Mapping[str, Any]], Answer]
    arguments: Callable[[CommandParser], None] = _no_arguments


def slug(parser: CommandParser) -> None:
    """Take the company by its slug."""
    parser.add_argument("slug", metavar="SLUG", help="Slug of the company.")


def came_of(outcome: Outcome, *, changed: str, unchanged: str) -> Answer:
    """Tell what came of a change."""
    sentence = f"{named(outcome.company)} {changed if outcome.is_changed else unchanged}"
    return told(sentence, outcome.company, is_changed=outcome.is_changed)


def told(sentence: str, company: CompanyRecord, *, is_changed: bool) -> Answer:
    """Tell a sentence, to programs with the company as it is now."""
    return Answer(sentence, {"changed": is_changed, "company": shown(company)})


def may(company: CompanyRecord) -> str:
    """Tell the limits of a company in words."""
    shadow = sorted(tenants_api.limits_of(company).shadow)
    in_shadow = f"; in shadow, where nothing is refused: {', '.join(shadow)}" if shadow else ""
    return f"{figures_of(company)}{in_shadow}"


def figures_of(company: CompanyRecord) -> str:
    """Tell the figures alone."""
    found = tenants_api.limits_of(company)
    return f"{found.quota} units in {found.window_seconds} s, {found.concurrency} requests at a time"


def named(company: CompanyRecord) -> str:
    """Name a company to a person."""
    return f"{printable(company.name)} ({company.slug})"


def shown(company: CompanyRecord) -> dict[str, Any]:
    """Give a company as data."""
    presented = {**tenants_api.present(company), "agreed": company.limit_overrides}
    limits = _as_data(tenants_api.limits_of(company))
    return {**json.loads(json.dumps(presented, default=_as_json)), "limits": limits}


def printable(text: str) -> str:
    """Take out what a terminal would obey: names are written by customers."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _as_data(found: Limits) -> dict[str, Any]:
    figures = {name: getattr(found, name) for name in _FIGURES}
    return {**figures, "shadow": sorted(found.shadow), "version": found.version}


def _as_json(value: object) -> str:
    """Write a moment as the API and the other commands do (RFC 3339), an id as its text."""
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else str(value)
