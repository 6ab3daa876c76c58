"""`manage.py run_worker`: a process that runs tasks."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management.base import CommandError

from apps.audit import api as audit_api
from apps.observability import api as observability_api
from apps.resilience import api as resilience_api
from novapulse.log import leaving
from novapulse.queues.publisher import publisher
from novapulse.queues.worker import Crew, Worker
from novapulse.tasks import performing
from novapulse.web import metrics_port
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

_DRAIN_SECONDS: Final = 25.0  # what runs has this long after SIGTERM; who kills after 30 s kills nothing
_MOST_THREADS: Final = 256


class Command(OperatorCommand):
    """Run tasks until SIGTERM or SIGINT; then finish what runs, for 25 seconds at most, and hand back the rest.

    Start as many as you like, anywhere: they share the queues, and a worker that dies loses nothing. Ends with exit
    code 0; with 1 when one of its threads hangs in a task, so that whoever watches it starts another.
    """

    help = "Run tasks from the queues until told to stop."
    requires_system_checks = "__all__"  # as a web process does

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the queues with their weights, and the number of threads."""
        parser.add_argument(
            "--queues",
            type=_weights,
            default=_weights("critical:3,default:1"),
            metavar="NAME:WEIGHT,...",
            help="Queues with the weight of each: how often it is asked where all have messages. critical:3,default:1",
        )
        parser.add_argument("--threads", type=_threads, default=8, help="How many tasks run at a time.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Work, and leave."""
        worker = Worker(
            Crew(
                weights=options["queues"],
                threads=options["threads"],
                visibility_seconds=settings.QUEUE_VISIBILITY_SECONDS,
                drain_seconds=_DRAIN_SECONDS,
                perform=performing.perform,
                dying=performing.dying,
                ended=performing.ended,
            )
        )
        _tell_operators()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        resilience_api.watch_breakers()
        publisher.start()
        audit_api.sealer.start()
        if not worker.run():
            leaving.leave()
            os._exit(int(worker.is_wedged))  # what still runs was handed back: it must not keep the process


def _tell_operators() -> None:
    """Give metrics to whom they are due: CloudWatch, and whoever asks on METRICS_PORT."""
    observability_api.tell_cloudwatch()
    if settings.METRICS_PORT:
        try:
            metrics_port.open_port(settings.METRICS_PORT)
        except OSError as error:
            raise CommandError(f"METRICS_PORT={settings.METRICS_PORT} cannot be had: {error.strerror}.") from error


def _weights(text: str) -> dict[str, int]:
    weights: dict[str, int] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition(":")
        if name not in settings.QUEUES:
            raise ArgumentTypeError(f"There is no queue {name!r}; there are {', '.join(settings.QUEUES)}.")
        if not (weight or "1").isdecimal() or int(weight or 1) < 1:
            raise ArgumentTypeError(f"{weight!r} is not a weight: give a number from 1, such as critical:3.")
        weights[name] = int(weight or 1)
    return weights


def _threads(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_THREADS:
        raise ArgumentTypeError(f"{text!r} is not a number of threads from 1 to {_MOST_THREADS}.")
    return int(text)
