"""How the queues are, for whoever serves: looked at in a thread of its own, so that no answer waits for SQS or MongoDB.

What people would notice is a warning. Fails open: where the stores do not tell, that is a warning as well, and no more.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from apps.health.domain import queue_metrics
from apps.health.domain.checks import Check
from apps.health.enums import State
from novapulse import clock, log
from novapulse.data import mongo
from novapulse.errors import Trouble
from novapulse.queues import depths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from novapulse.queues.depths import Overview, Work

_logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 2.0  # where the stores did not tell: soon, as everything else that waits for them to be back
_ANSWER_SECONDS: Final = 2.0  # of MongoDB, for all that is asked in one look

# What people notice: far beyond what a healthy worker and publisher leave behind.
_OLD_SECONDS: Final = 15 * 60
_LAG_SECONDS: Final = 60
_MOST_IN_FLIGHT: Final = 0.8 * depths.MOST_IN_FLIGHT

_COMPONENT, _KIND = "queues", "component"


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure of the queues, from which value on it is bad, and what that means."""

    name: str
    value: float
    unit: str
    bad_from: float = math.inf
    output: str = ""


class QueueWatch:
    """The thread of one process that serves; it ends with the process."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._seen: tuple[Overview | None, datetime, float] | None = None

    def start(self) -> None:
        """Start, and start again in a child of a fork, which has no threads of its parent."""
        self._spawn()
        os.register_at_fork(after_in_child=self._spawn)

    def look(self) -> None:
        """Look once at how the queues are."""
        try:
            with mongo.budget(_ANSWER_SECONDS):
                found = depths.overview()
        except Trouble:
            found = None
        self._seen = (found, clock.now(), clock.monotonic())

    def seen(self) -> Overview | None:
        """Give what the last look has found, None where it was nothing, or nobody has looked yet."""
        return None if self._seen is None else self._seen[0]

    @property
    def is_blind(self) -> bool:
        """Tell whether the last look has found nothing out, or not all."""
        overview = self._seen[0] if self._seen else None
        return overview is None or bool(overview.trouble)

    def found(self) -> list[Check]:
        """Tell what the last look has found; nothing before the first."""
        if self._seen is None:
            return []
        overview, at, looked_at = self._seen
        checks = [_unknown(at)] if overview is None else [*_checks(overview)]
        age_seconds = round(clock.monotonic() - looked_at, 3)
        return [replace(check, age_seconds=age_seconds) for check in checks]

    def _spawn(self) -> None:
        threading.Thread(target=self._repeat, name="queue-watch", daemon=True).start()

    def _repeat(self) -> None:
        while True:
            try:
                self.look()
            except Exception:  # noqa: BLE001  the outermost edge of this thread, which goes on
                log.failed(_logger, "health.queues_not_seen")
            time.sleep(_AGAIN_SECONDS if self.is_blind else LOOK_SECONDS)


_watches: list[QueueWatch] = []  # the one of a process that serves; none in commands and tests


def watch() -> None:
    """Have the queues watched from now on, as a process that serves does."""
    _watches[:] = [QueueWatch()]
    _watches[0].start()
    queue_metrics.observe(_watches[0].seen)


def found() -> list[Check]:
    """Tell how the queues are, from memory; nothing where they are not watched."""
    return [check for each in _watches for check in each.found()]


def _checks(overview: Overview) -> Iterator[Check]:
    lag = _Figure("outbox-lag", overview.outbox_lag_seconds, "s", bad_from=_LAG_SECONDS, output="Tasks are not sent.")
    yield _check(lag, at=overview.at)
    if overview.trouble:
        yield Check(_COMPONENT, "depths", _KIND, "unknown", "", State.WARN, overview.at, output=overview.trouble)
    for work in overview.queues:
        for figure in _figures(work):
            yield _check(figure, at=overview.at)


def _figures(work: Work) -> Iterator[_Figure]:
    name, oldest = work.queue, work.oldest_unfinished_seconds
    yield _Figure(f"{name}-unfinished", work.unfinished, "tasks")
    yield _Figure(f"{name}-oldest", oldest, "s", bad_from=_OLD_SECONDS, output="A task has been unfinished for long.")
    depth = work.depth
    if depth is None:
        return
    yield _Figure(f"{name}-depth", depth.waiting + depth.delayed, "messages")
    dead = depth.dead + depth.dead_in_flight
    yield _Figure(f"{name}-dead", dead, "messages", bad_from=1, output="There are dead letters: manage.py dlq list.")
    saturated = "SQS soon gives out no more messages."
    yield _Figure(f"{name}-in-flight", depth.in_flight, "messages", bad_from=_MOST_IN_FLIGHT, output=saturated)


def _check(figure: _Figure, *, at: datetime) -> Check:
    state = State.WARN if figure.value >= figure.bad_from else State.PASS
    output = figure.output if state is State.WARN else ""
    return Check(_COMPONENT, figure.name, _KIND, round(figure.value, 1), figure.unit, state, at, output=output)


def _unknown(at: datetime) -> Check:
    return Check(_COMPONENT, "figures", _KIND, "unknown", "", State.WARN, at, output="MongoDB does not tell.")
