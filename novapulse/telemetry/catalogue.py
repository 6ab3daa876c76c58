"""Every metric that there is: its name, kind, unit, meaning and labels. What is not in here is not counted.

A name or a label that nobody has written down is a mistake in the code: it raises where `be_strict` was called, as in
tests; elsewhere the measurement is dropped and counted among the drops. docs/metrics.md is made from this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from novapulse.telemetry import drops


class Kind(StrEnum):
    """How a metric behaves: only grows, is what it is at the moment, or tells how values are spread."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, by OpenTelemetry's conventions where they have a name for it.

    unit: of UCUM (`s`, `By`, `{request}`). labels: all of them come with every measurement. buckets: the upper bounds
    of a histogram, in its unit. dimensions: the labels that CloudWatch gets; each combination of values is paid for.
    properties: those by which its lines are told apart without that.
    good: up to which value of a histogram all is well; one of its buckets. most: series of one process; what is beyond
    is counted in one series whose labels all say so.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    dimensions: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    good: float | None = None
    most: int = 2_000


class Unknown(LookupError):  # noqa: N818  named after what happened, as all of the house's errors
    """A metric, or labels of one, that the catalogue does not have."""


_metrics: Final[dict[str, Metric]] = {}
_strict: Final[list[bool]] = []


def register(*metrics: Metric) -> None:
    """Write metrics down; a name that is taken by another one raises ValueError."""
    for metric in metrics:
        if _metrics.setdefault(metric.name, metric) != metric:
            raise ValueError(f"There are two metrics {metric.name}.")


def metrics() -> list[Metric]:
    """List all metrics, by name."""
    return sorted(_metrics.values(), key=lambda metric: metric.name)


def metric(name: str, *, kind: Kind) -> Metric | None:
    """Give a metric; where there is none of that kind: raise Unknown, or None where nobody wants to hear of it."""
    found = _metrics.get(name)
    if found is None or found.kind is not kind:
        refuse(f"There is no {kind} {name!r} in the catalogue.")
        return None
    return found


def be_strict() -> None:
    """Raise from now on what would else only be counted; for tests."""
    _strict[:] = [True]


def refuse(reason: str) -> None:
    """Raise Unknown where the catalogue is strict; else count one measurement among the drops."""
    if _strict:
        raise Unknown(reason)
    drops.count("metrics")
