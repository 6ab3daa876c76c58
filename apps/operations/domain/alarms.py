"""Alarms on single metrics, beside those of the service levels: what an operator wants to know before people notice."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Final

from novapulse.telemetry import catalogue, prometheus
from novapulse.telemetry.catalogue import Kind, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_QUEUES: Final = ("critical", "default")
_BREAKERS: Final = ("mongodb", "redis", "postgresql", "sqs", "sqs-polling")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: the metric is above `above` for so many minutes; of a counter, what came up within five minutes is.

    of: the values of labels, of each of which there is an alarm in CloudWatch, which knows no `any`. advice: what to
    do, in a sentence; the page of the alarm's name in docs/runbooks tells the rest.
    """

    name: str
    title: str
    metric: str
    above: float
    minutes: int
    advice: str
    severity: str = "ticket"
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def measured(self) -> Metric:
        """Give its metric; a LookupError where the catalogue has none."""
        for metric in catalogue.metrics():
            if metric.name == self.metric:
                return metric
        raise LookupError(f"There is no metric {self.metric} in the catalogue.")

    def combinations(self) -> Iterator[dict[str, str]]:
        """Give each combination of values of labels."""
        for values in product(*self.of.values()):
            yield dict(zip(self.of, values, strict=True))

    def promql(self) -> str:
        """Give what Prometheus is to look at."""
        metric = self.measured()
        name = prometheus.name_of(metric)
        chosen = ",".join(f'{prometheus.label_of(label)}=~"{"|".join(values)}"' for label, values in self.of.items())
        series = f"{name}{{{chosen}}}" if chosen else name
        by = ", ".join(prometheus.label_of(label) for label in self.of)
        if metric.kind is Kind.COUNTER:
            return f"sum by ({by}) (increase({series}[5m])) > {self.above:g}"
        return f"max by ({by}) ({series}) > {self.above:g}"


ALARMS: Final = (
    Alarm(
        "breaker-open",
        "A dependency is away: its breaker has been open for two minutes.",
        "novapulse.breaker.state",
        above=1,
        minutes=2,
        severity="page",
        of={"breaker": _BREAKERS},
        advice="manage.py doctor says what does not answer; /health/status how it is seen.",
    ),
    Alarm(
        "gate-without-redis",
        "The gate decides without Redis: limits hold by each process' share, MongoDB is asked about revocation.",
        "novapulse.gate.redis_away",
        above=0,
        minutes=5,
        advice="Look after Redis; nothing is let in that should not be.",
    ),
    Alarm(
        "gate-blind",
        "A process has not heard for five seconds what was revoked.",
        "novapulse.gate.look.age",
        above=5,
        minutes=1,
        severity="page",
        advice="MongoDB does not answer, or the process has no CPU; where Redis is away as well, end the process.",
    ),
    Alarm(
        "dead-letters",
        "There are dead letters.",
        "novapulse.queue.messages",
        above=0,
        minutes=5,
        of={"queue": _QUEUES, "state": ("dead",)},
        advice="manage.py dlq list, then redrive or purge.",
    ),
    Alarm(
        "tasks-old",
        "A task has been unfinished for a quarter of an hour.",
        "novapulse.queue.oldest",
        above=900,
        minutes=5,
        of={"queue": _QUEUES},
        advice="manage.py queues; start more workers.",
    ),
    Alarm(
        "outbox-lag",
        "Tasks that are due have not been sent for a minute.",
        "novapulse.queue.outbox_lag",
        above=60,
        minutes=2,
        advice="SQS does not answer, or no process sends: manage.py doctor.",
    ),
    Alarm(
        "no-room",
        "Calls find no place in a bulkhead.",
        "novapulse.bulkhead.refused",
        above=100,
        minutes=5,
        advice="More is asked of it than it can take: more processes, or look for who asks.",
    ),
    Alarm(
        "telemetry-dropped",
        "Measurements, lines or spans are lost.",
        "novapulse.telemetry.dropped",
        above=0,
        minutes=1,  # what is lost once comes up within five minutes, and is gone after them
        advice="Of metrics and series it is a mistake in the code; of others their destination or disk is away.",
    ),
)
