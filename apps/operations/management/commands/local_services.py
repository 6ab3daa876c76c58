"""`manage.py local_services up|down|status`: the servers on a developer's machine."""

import json
import shlex
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from rich.console import Console
from rich.table import Table

from novapulse.local.errors import LocalServiceError
from novapulse.local.guard import guarding
from novapulse.local.stack import Status, down, local_environment, status, to_run, up
from novapulse.web.commands import OperatorCommand

_WIDTH_OFF_SCREEN = 120


class Command(OperatorCommand):
    """Start, stop or show the local MongoDB, Redis, PostgreSQL and AWS endpoint.

    `up` leaves them running and prints the variables that lead to them; `down` stops them and keeps their data;
    `status` exits with 1 when one is down. One whose variable is set runs elsewhere: it is neither started nor stopped.
    """

    help = "Start (up), stop (down) or show (status) the local servers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and `--json` for an answer that programs read."""
        parser.add_argument("action", choices=("up", "down", "status"), help="What to do with the servers.")
        parser.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it; a server that cannot be started ends the command with one sentence and exit code 1."""
        action = {"up": self._up, "down": self._down, "status": self._status}[options["action"]]
        try:
            action(as_json=options["json"])
        except LocalServiceError as error:
            raise CommandError(str(error)) from error

    def _up(self, *, as_json: bool) -> None:
        wanted = to_run(settings.EXPLICIT_SERVICE_URLS)
        with guarding(settings.LOCAL_DIR) as guard:
            urls = up(
                settings.LOCAL_DIR,
                guard=guard,
                wanted=wanted,
                report=lambda ready: None if as_json else self.stdout.write(ready.sentence),
            )
            guard.release()
        environment = local_environment(urls)
        if as_json:
            self.stdout.write(json.dumps(environment))
            return
        for name, value in environment.items():
            self.stdout.write(f"export {name}={shlex.quote(value)}")

    def _down(self, *, as_json: bool) -> None:
        stopped = down(settings.LOCAL_DIR)
        if as_json:
            self.stdout.write(json.dumps({"stopped": stopped}))
            return
        self.stdout.write(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")

    def _status(self, *, as_json: bool) -> None:
        found = status(settings.LOCAL_DIR, given=settings.EXPLICIT_SERVICE_URLS)
        if as_json:
            self.stdout.write(json.dumps([asdict(each) for each in found]))
        else:
            self.stdout.write(_table(found), ending="")
        if any(each.is_down for each in found):
            raise SystemExit(1)


def _table(found: Sequence[Status]) -> str:
    table = Table("Server", "Condition", "Variable", "URL", box=None, pad_edge=False)
    for each in found:
        table.add_row(each.title, each.condition, each.variable, each.url)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OFF_SCREEN
    with console.capture() as capture:
        console.print(table)
    return capture.get()
