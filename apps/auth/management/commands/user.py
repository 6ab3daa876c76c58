"""`manage.py user show|deactivate|reactivate|end-sessions|reset-mfa PERSON`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from apps.auth.domain import deactivation, dossiers, mfa
from novapulse.tables import as_text, printable
from novapulse.web.commands import OperatorCommand, as_json, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

    from apps.auth.domain.deactivation import Account
    from apps.auth.domain.dossiers import Dossier


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be done with an account, when there is something to do, and what is told of it before and after."""

    sentence: str
    is_due: Callable[[Account], bool]
    apply: Callable[[Account], object]
    effect: Callable[[Account], str]
    would: str
    done: str
    already: str


class Command(OperatorCommand):
    """Show a person, end their sessions, shut them out of all companies, or take a lost second factor away.

    `show` lists their companies and live sessions, and is written down as a read by an operator. `deactivate` ends
    every session, token and API key of theirs, on every process within a second after the command is done; no password,
    invitation or reset opens the account from then on. `reactivate` lets them sign in again with the password that they
    had. `end-sessions` has them sign in anew everywhere; their API keys go on. `reset-mfa` ends their sessions and lets
    them in by password alone: make sure that it is they who ask. Doing it twice changes nothing. One session or token,
    or everything of one membership, is ended by `manage.py revoke`. Somebody who is not there, and a database that does
    not answer, end the command with one sentence and exit code 1.
    """

    help = "Show a person, end their sessions, deactivate or reactivate them, or take a lost second factor away."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and with whom."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        shown = actions.add_parser("show", help="Show a person with their companies and live sessions.")
        shown.add_argument("person", metavar="PERSON", help="Address or id of the account.")
        for name, verb in _VERBS.items():
            action = actions.add_parser(name, help=verb.sentence)
            action.add_argument("person", metavar="PERSON", help="Address or id of the account.")
            take_reason(action, required=True)
            action.add_argument("--dry-run", action="store_true", help="Tell what would be done, and change nothing.")
        for action in actions.choices.values():
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        if options["action"] == "show":
            found = dossiers.dossier(options["person"])
            self.stdout.write(as_json(dossiers.present(found)) if options["json"] else _shown(found))
            return
        verb, account = _VERBS[options["action"]], deactivation.account(options["person"])
        is_due = verb.is_due(account)
        if is_due and not options["dry_run"]:
            verb.apply(account)
        facts = {
            "id": str(account.identity.id),
            "email": account.identity.email,
            "companies": account.companies,
            "sessions": account.sessions,
            "changed": is_due and not options["dry_run"],
        }
        self.stdout.write(json.dumps(facts) if options["json"] else _told(account, verb, options, is_due=is_due))


def _what_ends(found: Account) -> str:
    sessions = "1 session" if found.sessions == 1 else f"{found.sessions} sessions"
    companies = "1 company" if found.companies == 1 else f"{found.companies} companies"
    return f"it ends {sessions} in {companies}"


_VERBS: Mapping[str, Verb] = {
    "deactivate": Verb(
        "End everything that was issued to a person, and let them in nowhere.",
        is_due=lambda found: found.identity.is_active,
        apply=deactivation.deactivate,
        effect=_what_ends,
        would="would be deactivated",
        done="is deactivated",
        already="is deactivated already",
    ),
    "reactivate": Verb(
        "Let a person who was deactivated sign in again.",
        is_due=lambda found: not found.identity.is_active,
        apply=deactivation.reactivate,
        effect=lambda _found: "what had ended stays so",
        would="would be reactivated",
        done="is reactivated",
        already="is not deactivated",
    ),
    "end-sessions": Verb(
        "End a person's sessions and tokens in all companies; they may sign in again.",
        is_due=lambda found: found.sessions > 0,
        apply=deactivation.end_sessions,
        effect=_what_ends,
        would="would have to sign in anew",
        done="has to sign in anew",
        already="is signed in nowhere",
    ),
    "reset-mfa": Verb(
        "Take away the second factor of a person who has lost authenticator and recovery codes.",
        is_due=lambda found: found.identity.has_mfa,
        apply=lambda found: mfa.forget(found.identity.id),
        effect=_what_ends,
        would="would be without a second factor",
        done="is without a second factor",
        already="has no second factor",
    ),
}


def _told(found: Account, verb: Verb, options: Mapping[str, Any], *, is_due: bool) -> str:
    email = found.identity.email
    if not is_due:
        return f"{email} {verb.already}; nothing was changed."
    if options["dry_run"]:
        return f"{email} {verb.would}: {verb.effect(found)}; nothing was changed."
    return f"Done! {email} {verb.done}: {verb.effect(found)}."


def _shown(found: Dossier) -> str:
    person = found.account.identity
    standing = "active" if person.is_active else f"deactivated since {person.deactivated_at:%Y-%m-%d %H:%M}"
    factor = "with a second factor" if person.has_mfa else "without a second factor"
    head = f"{printable(person.name)} <{person.email}>, id {person.id}: {standing}, {factor}.\n"
    seats = Table("Company", "Role", "Membership", box=None, pad_edge=False)
    for seat in found.memberships:
        seats.add_row(found.slugs.get(seat.company_id, "-"), seat.role, str(seat.id))
    live = Table("Session", "Company", "Since", "Used", "From", "By", box=None, pad_edge=False)
    for each in found.sessions:
        since, used = f"{each.created_at:%Y-%m-%d %H:%M}", f"{each.rotated_at:%Y-%m-%d %H:%M}"
        by = printable(each.device.user_agent) if each.acting is None else f"staff: {each.acting.operator}"
        live.add_row(str(each.id), found.slugs.get(each.company_id, "-"), since, used, each.device.address, by)
    tables = (as_text(seats) if found.memberships else "") + (as_text(live) if found.sessions else "")
    counts = f"{len(found.memberships)} companies, {found.account.sessions} live sessions, {found.api_keys} API keys."
    return head + tables + counts
