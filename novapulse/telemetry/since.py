"""What has come up since the last time that somebody told of it: counters and histograms only ever grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.telemetry.meter import Spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from novapulse.telemetry.meter import Family

    _Key = tuple[str, ...]


class Since:
    """Keeps what one reader was told last; what is less than it was has begun anew, and counts in full."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self._numbers: dict[str, Mapping[_Key, float]] = {}  # of what is there now: companies come and go
        self._spreads: dict[str, Mapping[_Key, Spread]] = {}

    def gained(self, family: Family) -> dict[_Key, float]:
        """Give what was counted since the last time."""
        told = self._numbers.get(family.metric.name, {})
        self._numbers[family.metric.name] = family.numbers
        gained = {}
        for key, number in family.numbers.items():
            before = told.get(key, 0.0)
            gained[key] = float(number - before if number >= before else number)
        return gained

    def spreads(self, family: Family) -> dict[_Key, Spread]:
        """Give how the values since the last time are spread."""
        told = self._spreads.get(family.metric.name, {})
        self._spreads[family.metric.name] = family.spreads
        since = {}
        for key, spread in family.spreads.items():
            before = told.get(key)
            since[key] = spread if before is None or before.count > spread.count else _difference(spread, before)
        return since


def _difference(now: Spread, before: Spread) -> Spread:
    return Spread([a - b for a, b in zip(now.counts, before.counts, strict=True)], now.sum - before.sum)
