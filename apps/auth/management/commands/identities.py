"""`manage.py identities deactivate|reactivate EMAIL`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from apps.auth.domain import deactivation
from apps.auth.management.troubles import as_command_errors

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from apps.auth.domain.deactivation import Account


class Command(BaseCommand):
    """Shut a person out of all companies, or let them in again.

    `deactivate` ends every session, token and API key of theirs, on every process within a second after the command is
    done; no password, invitation or reset opens the account from then on. `reactivate` lets them sign in again with the
    password that they had. Doing it twice changes nothing. An address without an account, and a database that does not
    answer, end the command with one sentence and exit code 1.
    """

    help = "Shut a person out of all companies (deactivate), or let them in again (reactivate)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and with whom."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, sentence in _SENTENCES.items():
            action = actions.add_parser(name, help=sentence)
            action.add_argument("email", metavar="EMAIL", help="Address of the account.")
            action.add_argument("--dry-run", action="store_true", help="Tell what would be done, and change nothing.")
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        with as_command_errors():
            found = deactivation.account(options["email"])
            is_due = found.identity.is_active == (options["action"] == "deactivate")
            if is_due and not options["dry_run"]:
                _ACTIONS[options["action"]](found)
        facts = {
            "id": str(found.identity.id),
            "email": found.identity.email,
            "companies": found.companies,
            "sessions": found.sessions,
            "changed": is_due and not options["dry_run"],
        }
        self.stdout.write(json.dumps(facts) if options["json"] else _told(found, options, is_due=is_due))


_SENTENCES = {
    "deactivate": "End everything that was issued to a person, and let them in nowhere.",
    "reactivate": "Let a person who was deactivated sign in again.",
}

_ACTIONS = {"deactivate": deactivation.deactivate, "reactivate": deactivation.reactivate}


def _told(found: Account, options: dict[str, Any], *, is_due: bool) -> str:
    email, action = found.identity.email, options["action"]
    if not is_due:
        state = "deactivated already" if action == "deactivate" else "not deactivated"
        return f"{email} is {state}; nothing was changed."
    sessions = "1 session" if found.sessions == 1 else f"{found.sessions} sessions"
    companies = "1 company" if found.companies == 1 else f"{found.companies} companies"
    effect = f"it ends {sessions} in {companies}" if action == "deactivate" else "what had ended stays so"
    if options["dry_run"]:
        return f"{email} would be {action}d: {effect}; nothing was changed."
    return f"Done! {email} is {action}d: {effect}."
