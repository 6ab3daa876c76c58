"""`manage.py staff create|demo|list|reset|deactivate|reactivate|unlock`: the accounts of the admin."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import qrcode
from django.conf import settings
from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError
from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.staff.domain import accounts, lockout
from novapulse.tables import as_text
from novapulse.web.commands import Answer, OperatorCommand, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.core.management.base import CommandParser

    from apps.staff.domain.accounts import SignIn

_DEMO: Final = "staff@demo.example"
_DEMO_FILE: Final = "demo-staff-sign-in.txt"
_OWNER_ONLY: Final = 0o600


class Command(OperatorCommand):
    """Make, list and reset the accounts of the admin, shut people out, and let them in again.

    `create` and `reset` print a password and what an authenticator app scans, once: they are not to be had again. An
    account that is not there or is there already and a database that does not answer end the command with one sentence
    and exit code 1.
    """

    help = "Make (create), list and reset the accounts of the admin; deactivate, reactivate, unlock them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and with whose account."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, sentence in _SENTENCES.items():
            action = actions.add_parser(name, help=sentence)
            if name not in {"list", "demo"}:
                action.add_argument("email", metavar="EMAIL", help="E-mail address of the account.")
                take_reason(action)
            if name in _TAKE_AWAY:
                action.add_argument("--dry-run", action="store_true", help="Tell whom it is about, and change nothing.")
            if name == "create":
                action.add_argument("--reader", action="store_true", help="May look at everything and change nothing.")
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        with _where_postgresql_is():
            answer = _would(options) if options.get("dry_run") else _ACTIONS[options["action"]](options)
        self.stdout.write(answer.told(options))


@contextmanager
def _where_postgresql_is() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise CommandError("PostgreSQL, where staff accounts are, does not answer.") from error


_SENTENCES: Final = {
    "create": "Make an account.",
    "demo": "Make the account of a local run, with a password alone; does nothing where it exists.",
    "list": "List all accounts.",
    "reset": "Give an account a new password and a new authenticator; end its sessions.",
    "deactivate": "Shut an account out.",
    "reactivate": "Let a deactivated account in again.",
    "unlock": "Let an account that tried too often try again at once.",
}


_TAKE_AWAY: Final = {
    "reset": "get a new password and authenticator, and be signed out",
    "deactivate": "be shut out",
}


def _note(email: str, *, done: str) -> None:
    """Write down what is about to be done: accounts are in PostgreSQL, whose transactions the audit does not join."""
    audit_api.note([Entry(Action.STAFF_CHANGED, email, kind="staff", details={"state": done}, home=audit_api.PLATFORM)])


def _create(options: Mapping[str, Any]) -> Answer:
    _note(options["email"], done="created")
    make = accounts.create_reader if options["reader"] else accounts.create
    return _shown_once(make(options["email"]))


def _demo(_options: Mapping[str, Any]) -> Answer:
    if settings.ADMIN_REQUIRES_SECOND_FACTOR:
        raise CommandError("Here a second factor is required: use `staff create`.")
    file = settings.LOCAL_DIR / _DEMO_FILE
    address = f"{settings.PUBLIC_URL}/admin/"
    if any(each.email == _DEMO for each in accounts.accounts()):
        return Answer(f"Admin: {address}, whose sign-in was written to {file} when it was made.", {"created": False})
    _note(_DEMO, done="created")
    made = accounts.create_with_password_alone(_DEMO)
    settings.LOCAL_DIR.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "w", encoding="utf-8") as out:
        out.write(f"e-mail {made.email}\npassword {made.password}\n")
    return Answer(f"Admin: {address}, e-mail {made.email}, password {made.password}", {"created": True, **asdict(made)})


def _list(_options: Mapping[str, Any]) -> Answer:
    found = accounts.accounts()
    table = Table("E-mail", "May", "Active", "Second factor", "Signed in", box=None, pad_edge=False)
    for each in found:
        may = "act" if each.may_act else "look"
        signed_in = f"{each.signed_in_at:%Y-%m-%d %H:%M}" if each.signed_in_at else "never"
        table.add_row(each.email, may, _yes(each.is_active), _yes(each.has_second_factor), signed_in)
    return Answer((as_text(table) if found else "") + f"{len(found)} accounts.", [asdict(each) for each in found])


def _would(options: Mapping[str, Any]) -> Answer:
    email, effect = options["email"], _TAKE_AWAY[options["action"]]
    accounts.check(email)
    return Answer(f"{email} would {effect}; nothing was changed.", {"email": email, "changed": False})


def _reset(options: Mapping[str, Any]) -> Answer:
    _note(options["email"], done="reset")
    return _shown_once(accounts.reset(options["email"]))


def _deactivate(options: Mapping[str, Any]) -> Answer:
    _note(options["email"], done="deactivated")
    accounts.deactivate(options["email"])
    return Answer(f"Done! {options['email']} is shut out.", {"email": options["email"], "is_active": False})


def _reactivate(options: Mapping[str, Any]) -> Answer:
    _note(options["email"], done="reactivated")
    accounts.reactivate(options["email"])
    return Answer(f"Done! {options['email']} may sign in again.", {"email": options["email"], "is_active": True})


def _unlock(options: Mapping[str, Any]) -> Answer:
    _note(options["email"], done="unlocked")
    was_counted = lockout.unlock(options["email"])
    sentence = "may try again." if was_counted else "had no tries that count; nothing was changed."
    return Answer(f"{options['email']} {sentence}", {"email": options["email"], "changed": was_counted})


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
    "create": _create,
    "demo": _demo,
    "list": _list,
    "reset": _reset,
    "deactivate": _deactivate,
    "reactivate": _reactivate,
    "unlock": _unlock,
}


def _shown_once(sign_in: SignIn) -> Answer:
    code = qrcode.QRCode()
    code.add_data(sign_in.otpauth)
    drawn = io.StringIO()
    code.print_ascii(drawn, invert=True)
    text = (
        f"{drawn.getvalue()}{sign_in.otpauth}\n"
        f"E-mail {sign_in.email}, password {sign_in.password}\n"
        "Scan this with an authenticator app and keep the password: neither is shown again."
    )
    return Answer(text, asdict(sign_in))


def _yes(fact: bool) -> str:  # noqa: FBT001  it is what is written
    return "yes" if fact else "no"
