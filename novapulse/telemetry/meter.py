"""Instruments of OpenTelemetry's API, with an aggregation of our own behind them.

The SDK's takes 16 us for one value of a histogram where this takes one or two (docs/adr/0018-metrics.md); a test holds
that both come to the same. In a process

1. each instrument keeps one cell per combination of labels; a measurement is an addition to one of them;
2. the lock of an instrument is held for that addition, or for copying its cells, and never while anything is written;
3. combinations beyond what the catalogue allows share one cell, whose labels all are `_overflow`, so that totals hold;
4. observed instruments ask their callbacks when somebody collects, and cost nothing else;
5. a child of a fork begins at nothing: what was counted is its parent's.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from dataclasses import dataclass
from operator import itemgetter
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from opentelemetry import metrics

from novapulse.telemetry import catalogue, drops, measures  # noqa: F401  the last writes the metrics down
from novapulse.telemetry.catalogue import Kind, Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from opentelemetry.metrics import Observation

    Callback: TypeAlias = Callable[[], Iterable[Observation]]

OVERFLOW: Final = "_overflow"
_Key = tuple[str, ...]


@dataclass(slots=True)
class Spread:
    """How values are spread: how many in each bucket, the last of which has no upper bound, and their sum."""

    counts: list[int]
    sum: float = 0.0

    @property
    def count(self) -> int:
        """Tell how many there are."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with what was measured: by the values of its labels, in their order, a number or a spread."""

    metric: Metric
    numbers: Mapping[_Key, float]
    spreads: Mapping[_Key, Spread]


def _key_of(labels: tuple[str, ...]) -> Callable[[Any], _Key]:
    """Make what takes the values out of attributes, in the order of the labels, as fast as can be."""
    if not labels:
        return lambda _attributes: ()
    if len(labels) == 1:
        (label,) = labels
        return lambda attributes: (attributes[label],)
    return itemgetter(*labels)


class _Instrument:
    """What all instruments have: their metric, and the way from attributes to a key."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._key_of, self._length = _key_of(metric.labels), len(metric.labels)
        self.begin_anew()

    def begin_anew(self) -> None:
        self._lock = Lock()

    def _key(self, attributes: Any) -> _Key | None:  # noqa: ANN401  OpenTelemetry's attributes, or none
        given = attributes or {}
        try:
            key = self._key_of(given)
        except KeyError:
            key = None
        if key is None or len(given) != self._length:
            catalogue.refuse(f"{self.metric.name} has the labels {self.metric.labels}, not {tuple(given)}.")
            return None
        return key

    def _bounded(self, key: _Key, cells: Mapping[_Key, object]) -> _Key:
        """Give the key of the cell to use for one that is not there yet (step 3)."""
        if len(cells) < self.metric.most:
            return key
        drops.count("series")
        return (OVERFLOW,) * self._length

    def family(self) -> Family:
        raise NotImplementedError


class Counter(_Instrument, metrics.Counter):
    """Counts what happens."""

    def begin_anew(self) -> None:
        """Start at nothing."""
        super().begin_anew()
        self._cells: dict[_Key, float] = {}

    def add(self, amount: float, attributes: Any = None, context: Any = None) -> None:  # noqa: ANN401, ARG002  OpenTelemetry's signature
        """Count so many more."""
        key = self._key(attributes)
        if key is None:
            return
        with self._lock:
            if key not in self._cells:
                key = self._bounded(key, self._cells)
            self._cells[key] = self._cells.get(key, 0) + amount

    def family(self) -> Family:
        """Give what was counted."""
        with self._lock:
            return Family(self.metric, dict(self._cells), {})


class Histogram(_Instrument, metrics.Histogram):
    """Counts values by how large they are."""

    def begin_anew(self) -> None:
        """Start at nothing."""
        super().begin_anew()
        self._cells: dict[_Key, Spread] = {}

    def record(self, amount: float, attributes: Any = None, context: Any = None) -> None:  # noqa: ANN401, ARG002  OpenTelemetry's signature
        """Take a value; one below nothing is a clock that was set back, and counts as nothing."""
        key = self._key(attributes)
        if key is None:
            return
        bucket = bisect_left(self.metric.buckets, amount)
        with self._lock:
            cell = self._cells.get(key)
            if cell is None:
                cell = self._added(self._bounded(key, self._cells))
            cell.counts[bucket] += 1
            if amount > 0:
                cell.sum += amount

    def family(self) -> Family:
        """Give how the values are spread."""
        with self._lock:
            return Family(self.metric, {}, {key: Spread([*cell.counts], cell.sum) for key, cell in self._cells.items()})

    def _added(self, key: _Key) -> Spread:
        return self._cells.setdefault(key, Spread([0] * (len(self.metric.buckets) + 1)))


class Observed(_Instrument):
    """Asks for what is at the moment, or has been counted elsewhere."""

    def __init__(self, metric: Metric) -> None:
        """Start with nobody to ask."""
        super().__init__(metric)
        self._callbacks: tuple[Callback, ...] = ()

    def ask(self, callback: Callback) -> None:
        """Ask this one as well; once, however often it is given."""
        if callback not in self._callbacks:
            self._callbacks = (*self._callbacks, callback)

    def family(self) -> Family:
        """Ask all; one that fails is counted among the drops."""
        numbers: dict[_Key, float] = {}
        for callback in self._callbacks:
            try:
                observed = [(self._key(each.attributes), each.value) for each in callback()]
            except catalogue.Unknown:
                raise
            except Exception:  # noqa: BLE001  whoever collects wants to hear of all the others
                drops.count("metrics")
                continue
            for key, value in observed:
                if key is not None:
                    numbers[key if key in numbers else self._bounded(key, numbers)] = value
        return Family(self.metric, numbers, {})


class _Dropped(metrics.NoOpCounter, metrics.NoOpHistogram):
    """Stands for an instrument that the catalogue does not have."""

    def __init__(self) -> None:
        super().__init__("dropped")


_instruments: dict[str, Counter | Histogram | Observed] = {}
_dropped: Final = _Dropped()


def counter(name: str) -> metrics.Counter:
    """Give a counter of the catalogue, always the same one."""
    metric = catalogue.metric(name, kind=Kind.COUNTER)
    if metric is None:
        return _dropped
    found = _instruments.setdefault(name, Counter(metric))
    return found if isinstance(found, Counter) else _dropped


def histogram(name: str) -> metrics.Histogram:
    """Give a histogram of the catalogue, always the same one."""
    metric = catalogue.metric(name, kind=Kind.HISTOGRAM)
    if metric is None:
        return _dropped
    found = _instruments.setdefault(name, Histogram(metric))
    return found if isinstance(found, Histogram) else _dropped


def observe(name: str, callback: Callback, *, kind: Kind = Kind.GAUGE) -> None:
    """Ask the callback, whenever somebody collects, for a gauge or for a counter that is kept elsewhere."""
    metric = catalogue.metric(name, kind=kind)
    if metric is not None:
        found = _instruments.setdefault(name, Observed(metric))
        if isinstance(found, Observed):
            found.ask(callback)


def collect() -> list[Family]:
    """Give everything that was measured, by name."""
    return [_instruments[name].family() for name in sorted(_instruments)]


def family(name: str) -> Family | None:
    """Give what one instrument has measured; None where nobody has asked for it."""
    found = _instruments.get(name)
    return None if found is None else found.family()


def begin_anew() -> None:
    """Forget what was counted (step 5)."""
    for instrument in _instruments.values():
        instrument.begin_anew()


os.register_at_fork(after_in_child=begin_anew)
