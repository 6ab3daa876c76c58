"""`manage.py signing_keys list|add|activate|retire`: the keys that sign access tokens."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from rich.table import Table

from apps.auth.domain import key_rotation
from apps.auth.enums import Algorithm, KeyStatus
from apps.auth.errors import KeyTooNew
from novapulse.tables import as_text
from novapulse.web.commands import OperatorCommand, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.core.management.base import CommandParser

    from apps.auth.domain.key_rotation import KeyRecord


@dataclass(frozen=True, slots=True)
class _Told:
    """What an action has to tell: to programs, and to people."""

    facts: dict[str, Any]
    text: str


class Command(OperatorCommand):
    """List, add, activate or retire the keys that sign access tokens (docs/runbooks/signing-keys.md).

    `add` makes a key that is published at once and signs nothing yet; `activate` makes it the signer once everybody may
    be taken to know it, and the signer before it the previous key, whose tokens stay valid; `retire` withdraws a key
    for good, and with it every token that it signed. The active key cannot be retired. What cannot be done ends the
    command with one sentence and exit code 1, and changes nothing.
    """

    help = "List, add, activate or retire the keys that sign access tokens."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        shown = actions.add_parser("list", help="Show every key, the oldest first, and when its next step is due.")
        added = actions.add_parser("add", help="Make a key: published at once, it signs nothing yet.")
        activated = actions.add_parser(
            "activate", help="Make a key the signer, and the signer before it the previous one."
        )
        retired = actions.add_parser("retire", help="Withdraw a key, and every token that it signed.")
        added.add_argument(
            "--algorithm",
            choices=[algorithm.value for algorithm in Algorithm],
            default=Algorithm.EDDSA.value,
            help="EdDSA (Ed25519), unless told otherwise, or RS256 (RSA, 3072 bits).",
        )
        for each in (activated, retired):
            each.add_argument("kid", metavar="KID", help="The id of the key, as `list` shows it.")
            each.add_argument("--dry-run", action="store_true", help="Tell whether it can be done, and change nothing.")
        activated.add_argument(
            "--now", action="store_true", help="Do not wait until everybody knows the key, as when another has leaked."
        )
        for each in (added, activated, retired):
            take_reason(each)
        for each in (shown, added, activated, retired):
            each.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell what was done."""
        try:
            told = _ACTIONS[options["action"]](options)
        except KeyTooNew as error:
            raise CommandError(f"{error.detail} With --now it does so at once.") from error
        self.stdout.write(json.dumps(told.facts) if options["json"] else told.text)


def _list(_options: dict[str, Any]) -> _Told:
    keys = key_rotation.records()
    conclusion = _conclusion(next((key for key in keys if key.status is KeyStatus.ACTIVE), None))
    return _Told({"keys": [_facts(key) for key in keys]}, as_text(_table(keys)) + conclusion if keys else conclusion)


def _conclusion(signer: KeyRecord | None) -> str:
    if signer is None:
        return "No key signs yet: whatever needs one first makes it."
    if not signer.opens:
        return f"Key {signer.kid} was sealed by another MASTER_KEY: nobody can sign in until you add and activate one."
    return f"Key {signer.kid} signs."


def _add(options: dict[str, Any]) -> _Told:
    key = key_rotation.add(Algorithm(options["algorithm"]))
    return _Told(_facts(key), f"Done! Key {key.kid} is published; activate it from {_shown(key.ready_at)} on.")


def _activate(options: dict[str, Any]) -> _Told:
    known_for = key_rotation.AT_ONCE if options["now"] else key_rotation.KNOWN_TO_ALL_AFTER
    if options["dry_run"]:
        key = key_rotation.activatable(options["kid"], known_for=known_for)
        return _Told(_facts(key, dry_run=True), f"Key {key.kid} can be activated; nothing was changed.")
    key = key_rotation.activate(options["kid"], known_for=known_for)
    return _Told(_facts(key), f"Done! Key {key.kid} signs; tokens of the key before it stay valid.")


def _retire(options: dict[str, Any]) -> _Told:
    if options["dry_run"]:
        key = key_rotation.retirable(options["kid"])
        used = (
            f"its last token expires by {_shown(key.ready_at)}" if key.status is KeyStatus.PREVIOUS else "it is unused"
        )
        return _Told(_facts(key, dry_run=True), f"Key {key.kid} can be retired ({used}); nothing was changed.")
    key = key_rotation.retire(options["kid"])
    return _Told(_facts(key), f"Done! Key {key.kid} is withdrawn; its tokens are refused from now on.")


_ACTIONS: dict[str, Callable[[dict[str, Any]], _Told]] = {
    "list": _list,
    "add": _add,
    "activate": _activate,
    "retire": _retire,
}


def _table(keys: list[KeyRecord]) -> Table:
    table = Table("Key", "Algorithm", "Status", "Since", "Next step", box=None, pad_edge=False)
    for key in keys:
        table.add_row(key.kid, key.algorithm.value, key.status.value, _shown(key.changed_at), _next_step(key))
    return table


def _next_step(key: KeyRecord) -> str:
    step = {KeyStatus.NEXT: "activate", KeyStatus.PREVIOUS: "retire"}.get(key.status)
    return f"{step} from {_shown(key.ready_at)} on" if step else "-"


def _facts(key: KeyRecord, **more: object) -> dict[str, Any]:
    moments = {"created_at": key.created_at, "changed_at": key.changed_at, "ready_at": key.ready_at}
    return {**asdict(key), **{name: moment and moment.isoformat() for name, moment in moments.items()}, **more}


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "-"
