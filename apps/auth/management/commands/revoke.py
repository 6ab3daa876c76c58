"""`manage.py revoke session|token|api-key|membership ID`."""

from __future__ import annotations

import json
import re
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.auth.domain import revocations
from novapulse.gate.decision import Level
from novapulse.web.commands import OperatorCommand, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

    from apps.auth.domain.revocations import Revocation

_JTI = re.compile(r"[0-9a-f]{32}", re.ASCII)
_PREFIX = re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII)  # longer is the secret: it has no business in a shell's history


class Command(OperatorCommand):
    """End a session, a token, an API key, or everything of a membership, on every process within a second.

    A session ends with its refresh and access tokens; a token alone leaves its session, which can get another, unless
    staff act as a user in it: then it ends as well. Of an API key that was found somewhere give the public part alone:
    what stands between np_ and the next _. A membership loses all sessions, tokens and API keys and goes on: whoever
    holds it may sign in again. `manage.py user show` tells the ids; `manage.py user deactivate` shuts a person out.
    What is not there or has ended already, and a database that does not answer, end the command with one sentence and
    exit code 1.
    """

    help = "End a session, one of its access tokens, an API key, or all of these of a membership."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to end."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        session = actions.add_parser("session", help="End a session with its tokens.")
        session.add_argument("id", type=_object_id, metavar="ID", help="Id of the session: the token's `sid`.")
        token = actions.add_parser("token", help="End one access token; its session goes on.")
        token.add_argument("id", type=_jti, metavar="JTI", help="Id of the token: its `jti`.")
        token.add_argument(
            "--session", type=_object_id, required=True, metavar="ID", help="Id of its session: its `sid`."
        )
        key = actions.add_parser("api-key", help="End one API key, whoever it belongs to.")
        key.add_argument("id", type=_prefix, metavar="PREFIX", help="Public part of its text: np_PREFIX_....")
        membership = actions.add_parser("membership", help="End all sessions, tokens and API keys of a membership.")
        membership.add_argument("id", type=_object_id, metavar="ID", help="Id of the membership: the token's `mid`.")
        for each in (session, token, key, membership):
            take_reason(each, required=True)
            each.add_argument("--dry-run", action="store_true", help="Tell what would end, and end nothing.")
            each.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """End it, and tell."""
        found = _FOUND[options["action"]](options)
        if not options["dry_run"]:
            found.apply()
        self.stdout.write(_as_json(found, options) if options["json"] else _as_text(found, options))


def _session(options: Mapping[str, Any]) -> Revocation:
    return revocations.of_session(options["id"])


def _token(options: Mapping[str, Any]) -> Revocation:
    return revocations.of_token(options["id"], session_id=options["session"])


def _api_key(options: Mapping[str, Any]) -> Revocation:
    return revocations.of_api_key(options["id"])


def _membership(options: Mapping[str, Any]) -> Revocation:
    return revocations.of_membership(options["id"])


_FOUND: Mapping[str, Callable[[Mapping[str, Any]], Revocation]] = {
    "session": _session,
    "token": _token,
    "api-key": _api_key,
    "membership": _membership,
}


def _object_id(text: str) -> ObjectId:
    if not ObjectId.is_valid(text):
        raise ArgumentTypeError(f"{text} is no id: those are 24 hexadecimal digits.")
    return ObjectId(text)


def _jti(text: str) -> str:
    if _JTI.fullmatch(text) is None:
        raise ArgumentTypeError(f"{text} is no id of a token: those are 32 lowercase hexadecimal digits.")
    return text


def _prefix(text: str) -> str:
    if _PREFIX.fullmatch(text) is None:
        raise ArgumentTypeError("That is no public part of an API key: give the letters and digits between np_ and _.")
    return text


def _as_json(found: Revocation, options: Mapping[str, Any]) -> str:
    facts = {"level": found.level.value, "id": found.subject, "company_id": str(found.company_id)}
    return json.dumps({**facts, "sessions": found.sessions, "changed": not options["dry_run"]})


def _as_text(found: Revocation, options: Mapping[str, Any]) -> str:
    sessions = "1 session" if found.sessions == 1 else f"{found.sessions} sessions"
    counted = f", with {sessions}" if found.level is Level.MEMBERSHIP else ""
    what = f"the {options['action']} {found.subject} of company {found.company_id}{counted}"
    return f"Would end {what}; nothing was changed." if options["dry_run"] else f"Done! Ended {what}."
