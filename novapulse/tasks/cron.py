"""Tasks that are due again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.queues import cron
from novapulse.tasks.backend import envelope_of
from novapulse.tasks.task import known

if TYPE_CHECKING:
    from datetime import timedelta


def repeat(path: str, *, every: timedelta) -> None:
    """Have the task at this dotted path run with each tick of `every`, once in all processes together.

    Called by whoever declares the task, at import or in the wiring; the task takes no arguments and is of no company. A
    tick during which no process lived is made up for by the next one only.
    """
    cron.schedule(path, every=every, made=lambda: envelope_of(known(path)))
