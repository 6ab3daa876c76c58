"""What the business does, counted once it is committed."""

from __future__ import annotations

from functools import partial
from typing import Final

from novapulse.data import transaction
from novapulse.telemetry import catalogue, meter
from novapulse.telemetry.catalogue import Kind, Metric

METRICS: Final = (
    Metric("novapulse.signups", Kind.COUNTER, "{company}", "Companies that have signed up."),
    Metric("novapulse.tasks.created", Kind.COUNTER, "{task}", "Tasks created, those of imports included."),
    Metric(
        "novapulse.tasks.closed",
        Kind.COUNTER,
        "{task}",
        "Changes that set a task to done or cancelled; of one that was so already they count as well.",
    ),
    Metric("novapulse.imports", Kind.COUNTER, "{import}", "Imports that came to their end, trials apart."),
)
catalogue.register(*METRICS)

_counters: Final = {metric.name: meter.counter(metric.name) for metric in METRICS}


def count(name: str, times: int = 1) -> None:
    """Count something of the business, once the transaction under way is committed; without one, at once."""
    if times:
        transaction.on_commit(partial(_counters[name].add, times))
