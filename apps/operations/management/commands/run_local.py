"""`manage.py run_local`: what `make run` calls."""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from novapulse.local.aws import AWS
from novapulse.local.errors import LocalServiceError
from novapulse.local.process import ProcessMark, observe
from novapulse.local.run import Plan, Step, run
from novapulse.local.service import Launch
from novapulse.web.commands import OperatorCommand

_LAST_PORT = 65_535
_THREADS = 68  # four more than may be at work (apps/resilience/conf.py)


class Command(OperatorCommand):
    """Serve NovaPulse on this machine: local servers, tables, indexes, queues, demo company, admin, web server, worker.

    Runs until SIGINT or SIGTERM. However it ends, what it started ends with it, and what ran before stays.
    """

    help = "Serve NovaPulse on this machine with the local servers it needs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port, and the process (make) whose end ends this one too."""
        parser.add_argument("--port", type=_port, default=8000, help="Port to serve on, on 127.0.0.1.")
        parser.add_argument("--owner", type=int, metavar="PID", help="Stop when this process ends, however it ends.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Serve; trouble ends the command with one sentence and exit code 1."""
        plan = _plan(port=options["port"], owner=_mark(options["owner"]))
        try:
            run(plan, say=self._say)
        except LocalServiceError as error:
            raise CommandError(str(error)) from error

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _LAST_PORT:
        raise ArgumentTypeError(f"{text!r} is not a port: give a number from 1 to {_LAST_PORT}, such as 8000.")
    return int(text)


def _mark(owner: int | None) -> ProcessMark | None:
    if owner is None:
        return None
    mark = observe(owner)
    if mark is None:
        raise CommandError(f"The process {owner} that this one should follow has ended already.")
    return mark


def _plan(*, port: int, owner: ProcessMark | None) -> Plan:
    environment = _environment(port)
    manage = (sys.executable, str(settings.ROOT / "manage.py"))
    return Plan(
        folder=settings.LOCAL_DIR.resolve(),
        port=port,
        given=settings.EXPLICIT_SERVICE_URLS,
        steps=(
            _step("The migration of PostgreSQL", environment, (*manage, "migrate", "--verbosity", "0")),
            _step("The building of indexes", environment, (*manage, "ensure_indexes", "--apply")),
            _step("The making of the queues", environment, (*manage, "ensure_queues", "--apply"), remakes=AWS.variable),
            _step("The making of the demo company", environment, (*manage, "seed_demo"), shown=True),
            _step("The making of the admin's account", environment, (*manage, "staff", "demo"), shown=True),
        ),
        web=Launch(argv=_granian(port), environment=environment, cwd=settings.ROOT),
        worker=Launch(argv=(*manage, "run_worker", "--threads", "4"), environment=environment, cwd=settings.ROOT),
        owner=owner,
    )


def _step(
    title: str, environment: Mapping[str, str], argv: tuple[str, ...], *, shown: bool = False, remakes: str = ""
) -> Step:
    launch = Launch(argv=argv, environment=environment, cwd=settings.ROOT, shown=shown)
    return Step(title=title, launch=launch, remakes=remakes)


def _environment(port: int) -> dict[str, str]:
    """Return what the children start with: our own variables, and those that this command decides."""
    return {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        **os.environ,  # noqa: TID251  handed on whole, not read
        "LOCAL_DIR": str(settings.LOCAL_DIR.resolve()),
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
    }


def _granian(port: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "granian"),
        *("--interface", "wsgi"),
        *("--host", "127.0.0.1"),
        *("--port", str(port)),
        *("--workers", "1"),
        *("--blocking-threads", str(_THREADS)),
        *("--http", "1"),
        "--no-ws",
        "--respawn-failed-workers",
        "config.wsgi:application",
    )
