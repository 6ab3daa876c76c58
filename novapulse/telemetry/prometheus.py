"""What was measured, as Prometheus reads it: text, version 0.0.4, with the names that OpenTelemetry gives there.

Each process tells for itself, and so each series says of which process it is (`process`). Several tellings are put
together family by family.
Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from novapulse.telemetry.catalogue import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from novapulse.telemetry.catalogue import Metric
    from novapulse.telemetry.meter import Family, Spread

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_UNITS: Final = {"s": "seconds", "By": "bytes"}
_NOT_IN_NAMES: Final = re.compile("[^a-zA-Z0-9:]+")
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Telling = dict[str, list[str]]  # of each family the lines: two of head, then one per sample


def name_of(metric: Metric) -> str:
    """Give the name that Prometheus knows a metric by; a histogram's samples add `_bucket`, `_sum` or `_count`."""
    plain = _NOT_IN_NAMES.sub("_", metric.name)
    unit = _UNITS.get(metric.unit, "")
    named = plain if not unit or plain.endswith(f"_{unit}") else f"{plain}_{unit}"
    return f"{named}_total" if metric.kind is Kind.COUNTER and not named.endswith("_total") else named


def label_of(label: str) -> str:
    """Give the name that Prometheus knows a label by."""
    return _NOT_IN_NAMES.sub("_", label)


def tell(families: Iterable[Family], *, process: str) -> Telling:
    """Write down what a process has measured."""
    return {name_of(family.metric): _lines(family, process=process) for family in families if _is_there(family)}


def text(tellings: Iterable[Mapping[str, Sequence[str]]]) -> str:
    """Put what several processes tell together; the first one's heads count."""
    lines: dict[str, list[str]] = {}
    for telling in tellings:
        for name, told in telling.items():
            known = lines.setdefault(name, list(told[:_HEAD]))
            known.extend(told[_HEAD:])
    return "".join(f"{line}\n" for name in sorted(lines) for line in lines[name])


_HEAD: Final = 2


def _is_there(family: Family) -> bool:
    return bool(family.numbers or family.spreads)


def _lines(family: Family, *, process: str) -> list[str]:
    metric, name = family.metric, name_of(family.metric)
    meaning = metric.meaning.replace("\\", r"\\").replace("\n", r"\n")
    head = [f"# HELP {name} {meaning}", f"# TYPE {name} {metric.kind}"]
    numbers = [f"{name}{{{_labels(metric, key, process)}}} {value}" for key, value in family.numbers.items()]
    spreads = [
        line
        for key, spread in family.spreads.items()
        for line in _spread(name, _labels(metric, key, process), spread, bounds=metric.buckets)
    ]
    return [*head, *numbers, *spreads]


def _labels(metric: Metric, key: tuple[str, ...], process: str) -> str:
    pairs = [
        f'{label_of(label)}="{value.translate(_ESCAPES)}"' for label, value in zip(metric.labels, key, strict=True)
    ]
    return ",".join([*pairs, f'process="{process}"'])


def _spread(name: str, labels: str, spread: Spread, *, bounds: Sequence[float]) -> Iterator[str]:
    for bound, count in zip([*map(str, bounds), "+Inf"], accumulate(spread.counts), strict=True):
        yield f'{name}_bucket{{{labels},le="{bound}"}} {count}'
    yield f"{name}_sum{{{labels}}} {spread.sum}"
    yield f"{name}_count{{{labels}}} {spread.count}"
