"""What was measured, as lines of CloudWatch's embedded metric format: CloudWatch makes metrics out of such lines.

1. A line tells what has come up since the last one, so that CloudWatch may add up what all processes say.
2. A label is a dimension, and so a metric that is paid for, only where the catalogue says so; `company` never is: its
   lines carry it as a property, which queries of the log find. Other labels are added up; of gauges the largest counts.
3. What is counted is told under `service` and `environment` alone, and once more under its dimensions as well. A gauge
   has no sum: it is told under its dimensions only.
4. Of a histogram go `.count`, `.sum`, `.p50`, `.p99`, and `.good` where the catalogue says what is good: a line has
   room for numbers, and for no buckets.
5. A line has a hundred metrics at the most. What has not moved is not told, a gauge apart.

Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from novapulse.telemetry.catalogue import Kind
from novapulse.telemetry.meter import Spread
from novapulse.telemetry.since import Since

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from novapulse.telemetry.catalogue import Metric
    from novapulse.telemetry.meter import Family

MOST_METRICS: Final = 100
_UNITS: Final = {"s": "Seconds", "By": "Bytes", "1": "None"}
_QUANTILES: Final = {".p50": 0.5, ".p99": 0.99}

_Key = tuple[str, ...]
_Named = tuple[tuple[str, str], ...]  # labels with their values


@dataclass(frozen=True, slots=True)
class _Place:
    """What a line is about: its dimensions, its properties, and whether it is told without dimensions as well."""

    dimensions: _Named
    properties: _Named
    is_sum: bool


@dataclass(frozen=True, slots=True)
class _Number:
    """One metric of a line."""

    name: str
    unit: str
    value: float


class Writer:
    """Writes lines; keeps what it has told, to tell the difference (step 1)."""

    def __init__(self, *, namespace: str, base: Mapping[str, str]) -> None:
        """Take CloudWatch's name for all of it, and the dimensions that every line has."""
        self._namespace, self._base = namespace, dict(base)
        self._since = Since()

    def lines(self, families: Iterable[Family], *, at_ms: int) -> Iterator[str]:
        """Give the lines for what was measured until now."""
        by_place: defaultdict[_Place, list[_Number]] = defaultdict(list)
        for family in families:
            for place, number in self._numbers(family):
                by_place[place].append(number)
        for place, numbers in by_place.items():
            for first in range(0, len(numbers), MOST_METRICS):
                yield self._line(place, numbers[first : first + MOST_METRICS], at_ms=at_ms)

    def _numbers(self, family: Family) -> Iterator[tuple[_Place, _Number]]:
        metric, unit = family.metric, _UNITS.get(family.metric.unit, "Count")
        if metric.kind is Kind.GAUGE:
            for place, value in _merged(metric, family.numbers, max).items():
                yield place, _Number(metric.name, unit, value)
        elif metric.kind is Kind.COUNTER:
            for place, value in _merged(metric, self._since.gained(family), float.__add__).items():
                if value:
                    yield place, _Number(metric.name, unit, value)
        else:
            for place, spread in _merged(metric, self._since.spreads(family), _sum_of).items():
                if spread.count:
                    yield from ((place, number) for number in _of_spread(metric, spread, unit=unit))

    def _line(self, place: _Place, numbers: Sequence[_Number], *, at_ms: int) -> str:
        base, own = [*self._base], [name for name, _ in place.dimensions]
        sets = [base, [*base, *own]] if place.is_sum and own else [[*base, *own]]
        directive = {
            "Namespace": self._namespace,
            "Dimensions": sets,
            "Metrics": [{"Name": number.name, "Unit": number.unit} for number in numbers],
        }
        members: dict[str, Any] = {
            "_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [directive]},
            **self._base,
            **dict(place.properties),
            **dict(place.dimensions),
            **{number.name: number.value for number in numbers},
        }
        return json.dumps(members, separators=(",", ":"))


def _merged(metric: Metric, values: Mapping[_Key, Any], merge: Any) -> dict[_Place, Any]:  # noqa: ANN401  numbers or spreads
    """Put together what differs in labels that CloudWatch does not get (step 2)."""
    merged: dict[_Place, Any] = {}
    for key, value in values.items():
        given = dict(zip(metric.labels, key, strict=True))
        place = _Place(
            tuple((label, given[label]) for label in metric.dimensions),
            tuple((label, given[label]) for label in metric.properties),
            is_sum=metric.kind is not Kind.GAUGE,
        )
        merged[place] = value if place not in merged else merge(merged[place], value)
    return merged


def _of_spread(metric: Metric, spread: Spread, *, unit: str) -> Iterator[_Number]:
    yield _Number(f"{metric.name}.count", "Count", spread.count)
    yield _Number(f"{metric.name}.sum", unit, round(spread.sum, 6))
    for suffix, quantile in _QUANTILES.items():
        yield _Number(f"{metric.name}{suffix}", unit, quantile_of(spread, quantile, bounds=metric.buckets))
    if metric.good is not None:
        within = sum(spread.counts[: metric.buckets.index(metric.good) + 1])
        yield _Number(f"{metric.name}.good", "Count", within)


def quantile_of(spread: Spread, quantile: float, *, bounds: Sequence[float]) -> float:
    """Tell below which value this share of the values lies: between the bounds of a bucket as if evenly spread.

    What is beyond the last bound counts as that, as in Prometheus' histogram_quantile.
    """
    wanted, seen, lower = quantile * spread.count, 0, 0.0
    for bound, count in zip(bounds, spread.counts, strict=False):
        if count and seen + count >= wanted:
            return round(lower + (bound - lower) * (wanted - seen) / count, 6)
        seen, lower = seen + count, bound
    return bounds[-1]


def _sum_of(one: Spread, other: Spread) -> Spread:
    return Spread([a + b for a, b in zip(one.counts, other.counts, strict=True)], one.sum + other.sum)
