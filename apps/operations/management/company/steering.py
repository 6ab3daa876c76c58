"""`manage.py company suspend|resume|read-only|end-sessions|plan`: what operators make of a company, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from apps.auth import api as auth_api
from apps.operations.management.company import answers
from apps.operations.management.company.answers import Act, Answer
from apps.tenants import api as tenants_api
from apps.tenants.api import CompanyStatus, PlanName
from novapulse.web.commands import take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

    from apps.tenants.api import Outcome


@dataclass(frozen=True, slots=True)
class _Turn:
    """A change of state: what makes it, where it leads, and what is said of it."""

    make: Callable[[str], Outcome]
    to: CompanyStatus
    done: str
    already: str


_TURNS: Mapping[str, _Turn] = {
    "suspend": _Turn(
        tenants_api.suspend,
        CompanyStatus.SUSPENDED,
        "is suspended: nobody of it can sign in, and every credential of it is refused.",
        "is suspended already",
    ),
    "read-only": _Turn(
        tenants_api.make_read_only,
        CompanyStatus.READ_ONLY,
        "is read-only: its people can read, export and sign out, and change nothing else.",
        "is read-only already",
    ),
    "resume": _Turn(tenants_api.resume, CompanyStatus.ACTIVE, "may work again.", "is active already"),
}


def _turn(action: str, options: Mapping[str, Any]) -> Answer:
    turn, slug = _TURNS[action], options["slug"]
    if options["dry_run"]:
        company = tenants_api.company_named(slug)
        would = turn.already if company.status is turn.to else f"would become {turn.to.word}"
        return answers.told(f"{answers.named(company)} {would}; nothing was changed.", company, is_changed=False)
    outcome = turn.make(slug)
    return answers.came_of(outcome, changed=turn.done, unchanged=f"{turn.already}; nothing was changed.")


def _plan(options: Mapping[str, Any]) -> Answer:
    outcome = tenants_api.change_plan(options["slug"], PlanName(options["plan"]))
    plan = outcome.company.plan
    done = f"is on the plan {plan} now: {answers.may(outcome.company)}."
    return answers.came_of(outcome, changed=done, unchanged=f"is on the plan {plan} already; nothing was changed.")


def _end_sessions(options: Mapping[str, Any]) -> Answer:
    company = tenants_api.company_named(options["slug"])
    if options["dry_run"]:
        live = auth_api.count_sessions_of_company(company.id)
        sentence = f"{live} sessions of {answers.named(company)} would end; nothing was changed."
        return Answer(sentence, {"changed": False, "company": company.slug, "sessions": live})
    ended = auth_api.end_sessions_of_company(company.id)
    sentence = f"Done! {ended} sessions of {answers.named(company)} have ended: everybody signs in anew."
    return Answer(sentence, {"changed": True, "company": company.slug, "sessions": ended})


def _of_turn(parser: CommandParser) -> None:
    answers.slug(parser)
    take_reason(parser, required=True)
    parser.add_argument("--dry-run", action="store_true", help="Tell what would be done, and change nothing.")


def _of_plan(parser: CommandParser) -> None:
    answers.slug(parser)
    parser.add_argument("plan", choices=[plan.value for plan in PlanName], help="The plan.")
    take_reason(parser, required=True)


ACTS: Mapping[str, Act] = {
    "suspend": Act(
        "Refuse every credential of a company and let nobody of it sign in.", partial(_turn, "suspend"), _of_turn
    ),
    "resume": Act("Let a company's people work again.", partial(_turn, "resume"), _of_turn),
    "read-only": Act(
        "Let a company's people read and export, and change nothing.", partial(_turn, "read-only"), _of_turn
    ),
    "end-sessions": Act("End all sessions of a company with their tokens; API keys go on.", _end_sessions, _of_turn),
    "plan": Act("Put a company on a plan; what is agreed with it alone stays.", _plan, _of_plan),
}
