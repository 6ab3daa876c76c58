"""`manage.py identities deactivate|reactivate|forget-second-factor EMAIL`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.auth.domain import deactivation, mfa
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

    from apps.auth.domain.deactivation import Account


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be done with an account, when there is something to do, and what is told of it before and after."""

    sentence: str
    is_due: Callable[[Account], bool]
    apply: Callable[[Account], None]
    effect: Callable[[Account], str]
    would: str
    done: str
    already: str


class Command(OperatorCommand):
    """Shut a person out of all companies, let them in again, or take a second factor away that they have lost.

    `deactivate` ends every session, token and API key of theirs, on every process within a second after the command is
    done; no password, invitation or reset opens the account from then on. `reactivate` lets them sign in again with the
    password that they had. `forget-second-factor` ends their sessions and tokens, and lets them in by password alone:
    make sure that it is they who ask. Doing it twice changes nothing. An address without an account, and a database
    that does not answer, end the command with one sentence and exit code 1.
    """

    help = "Shut a person out (deactivate), let them in again (reactivate), or take a lost second factor away."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and with whom."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, verb in _VERBS.items():
            action = actions.add_parser(name, help=verb.sentence)
            action.add_argument("email", metavar="EMAIL", help="Address of the account.")
            action.add_argument("--dry-run", action="store_true", help="Tell what would be done, and change nothing.")
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        verb = _VERBS[options["action"]]
        found = deactivation.account(options["email"])
        is_due = verb.is_due(found)
        if is_due and not options["dry_run"]:
            verb.apply(found)
        facts = {
            "id": str(found.identity.id),
            "email": found.identity.email,
            "companies": found.companies,
            "sessions": found.sessions,
            "changed": is_due and not options["dry_run"],
        }
        self.stdout.write(json.dumps(facts) if options["json"] else _told(found, verb, options, is_due=is_due))


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
    "forget-second-factor": Verb(
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
