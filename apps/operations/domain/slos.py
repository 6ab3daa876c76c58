"""Service levels: what is promised, measured how, and how fast the budget of failures may burn before anybody hears.

An objective of 99.9 % leaves a budget of one in a thousand over 30 days. Burning it 14.4 times as fast for an hour uses
2 % of it, six times as fast for six hours 5 %. A shorter window beside each says whether it still goes on.
Source: Google's Site Reliability Workbook, chapter 5 (multi-window, multi-burn-rate alerts).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from novapulse.telemetry import catalogue, prometheus
from novapulse.telemetry.catalogue import Kind, Metric


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast, over which windows; `severity` is who hears of it."""

    rate: float
    long: str
    short: str
    long_seconds: int
    short_seconds: int
    severity: str


BURNS: Final = (
    Burn(14.4, "1h", "5m", 3_600, 300, severity="page"),
    Burn(6.0, "6h", "30m", 21_600, 1_800, severity="ticket"),
)


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective: of what `metric` counts, at least this share is good.

    Good is what lies within the metric's own bound, or what does not have the label's value `bad`; `refused` is a
    counter of what was not even let in, and is bad as well.
    """

    name: str
    title: str
    objective: float
    metric: str
    bad: tuple[str, str] | None = None
    refused: str = ""

    @property
    def budget(self) -> float:
        """Give the share that may be bad."""
        return round(1 - self.objective, 6)

    def errors(self, window: str) -> str:
        """Give the share that was bad within a window, in PromQL; 0 where nothing has happened."""
        name = prometheus.name_of(histogram(self.metric))
        total = f"sum(rate({name}_count[{window}]))"
        if self.bad is None:
            bound = str(float(good_of(self.metric)))
            return f'1 - sum(rate({name}_bucket{{le="{bound}"}}[{window}])) / ({total} > 0)'
        label, value = self.bad
        bad = f'(sum(rate({name}_count{{{prometheus.label_of(label)}="{value}"}}[{window}])) or vector(0))'
        if self.refused:
            refused = f"(sum(rate({prometheus.name_of(counter(self.refused))}[{window}])) or vector(0))"
            return f"({bad} + {refused}) / (({total} + {refused}) > 0)"
        return f"{bad} / ({total} > 0)"


SLOS: Final = (
    Slo(
        "availability",
        "Requests are answered, and not by a fault of ours; those refused at the door count as faults.",
        0.999,
        "http.server.request.duration",
        bad=("http.response.status_class", "5xx"),
        refused="novapulse.http.refused",
    ),
    Slo("latency", "Requests are answered within half a second.", 0.99, "http.server.request.duration"),
    Slo("dwell", "Tasks begin within 30 seconds of when they are due.", 0.99, "novapulse.queue.dwell"),
    Slo(
        "revocation",
        "What was revoked has reached each process by way of MongoDB within a second, whatever Redis does.",
        0.999,
        "novapulse.gate.revocation.delay",
    ),
    Slo("sealing", "What is recorded in the audit is sealed within a second.", 0.999, "novapulse.audit.seal.delay"),
)


def histogram(name: str) -> Metric:
    """Give a histogram of the catalogue, or raise LookupError."""
    return _known(name, kind=Kind.HISTOGRAM)


def counter(name: str) -> Metric:
    """Give a counter of the catalogue, or raise LookupError."""
    return _known(name, kind=Kind.COUNTER)


def good_of(name: str) -> float:
    """Tell up to which value of a histogram all is well, or raise LookupError."""
    good = histogram(name).good
    if good is None:
        raise LookupError(f"{name} does not say what is good.")
    return good


def _known(name: str, *, kind: Kind) -> Metric:
    for metric in catalogue.metrics():
        if metric.name == name and metric.kind is kind:
            return metric
    raise LookupError(f"There is no {kind} {name} in the catalogue.")
