"""Traces in a test: what is kept, as it is kept; and what a collector makes of it is `tests.collector`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from novapulse.telemetry import calls, notes, traces
from novapulse.telemetry.sampling import Sampler
from novapulse.telemetry.traces import Tracing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.telemetry.shipping import Shipper
    from novapulse.telemetry.story import Story


@dataclass
class Kept:
    """Stands where the shipper stands."""

    items: list[Any] = field(default_factory=list)

    def put(self, item: Any) -> None:
        self.items.append(item)

    @property
    def stories(self) -> list[Story]:
        return [item.content for item in self.items]

    @property
    def names(self) -> list[str]:
        return [story.name for story in self.stories]


@contextmanager
def traced(*, ratio: float) -> Iterator[Kept]:
    """Keep traces until the block ends."""
    kept = Kept()
    traces.use(Tracing(Sampler(ratio), cast("Shipper", kept)))
    calls.listen(notes.take)
    try:
        yield kept
    finally:
        traces.use(None)
        calls.unlisten(notes.take)
