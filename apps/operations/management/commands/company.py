"""`manage.py company ACTION`: a company's life; `apps.operations.management.company` has the actions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from apps.operations.management.company import ending, founding, looking, moving, steering
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser

    from apps.operations.management.company.answers import Act

_ACTS: Mapping[str, Act] = {**founding.ACTS, **looking.ACTS, **steering.ACTS, **moving.ACTS, **ending.ACTS}


class Command(OperatorCommand):
    """Found companies, look at them, and lead them through their life (docs/companies.md).

    Every process acts on a change within a second after the command is done. Safe to run again: a company that is there
    already is left as it is. What changes something wants a --reason, which the audit keeps. `export` writes the file
    whole or not at all, as `POST /company:export` does and of any size. `import` checks it against its manifest before
    anything is written; people become members by their address, without a mail, and who is new comes in by a password
    reset; broken off, it is run again. `delete` closes a company, and workers delete it when its grace is over; with
    `--now` the command does, and is run again where it was killed. Both end with a certificate, and `verify-deleted`
    looks whether that is true. What is not there, a state that does not allow it and a database that does not answer
    end the command with one sentence and exit code 1.
    """

    help = "Found companies, show them, and lead them through their life: read-only, suspended, exported, deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, with which company, and for each its own options."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, act in _ACTS.items():
            action = actions.add_parser(name, help=act.sentence)
            act.arguments(action)
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        answer = _ACTS[options["action"]].do(options)
        self.stdout.write(json.dumps(answer.data) if options["json"] else answer.text)
        if answer.trouble:
            raise CommandError(answer.trouble)
