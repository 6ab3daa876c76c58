"""Traces: what is kept of requests and tasks, on its way to a collector. Off until `use` is called, and then free.

1. `begin` decides once whether the trace is kept, and lets notes be taken (`notes`): a tuple in a list for each call.
2. Whoever is at the end of a request or task decides what to `keep`: what was sampled, and what went wrong.
3. What is kept waits in a shipper's ring, as it is; the shipper's thread makes spans of it and sends them (`otlp`).

What is kept because it went wrong, in a trace that is not sampled, is there alone: others in the trace were told that
it is not kept, and a parent or a child may be missing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from novapulse import clock
from novapulse.telemetry.ring import Bounds, Item, Limits

if TYPE_CHECKING:
    from novapulse.context import Trail
    from novapulse.telemetry.sampling import Sampler
    from novapulse.telemetry.shipping import Shipper
    from novapulse.telemetry.story import Story

_SPAN_BYTES: Final = 512  # of one span on the wire, about
MOST_SPANS: Final = 2_048  # that wait; those of what failed wait longest
BOUNDS: Final = Bounds(items=MOST_SPANS, size_bytes=MOST_SPANS * _SPAN_BYTES)
LIMITS: Final = Limits(items=MOST_SPANS, size_bytes=BOUNDS.size_bytes // 4)


@dataclass(frozen=True, slots=True)
class Tracing:
    """How traces are kept in this process."""

    sampler: Sampler
    shipper: Shipper


_tracing: Tracing | None = None


def use(tracing: Tracing | None) -> None:
    """Say how traces are kept; None: not at all."""
    global _tracing  # noqa: PLW0603  a process has one composition root
    _tracing = tracing


def are_on() -> bool:
    """Tell whether traces are kept."""
    return _tracing is not None


def begin(trail: Trail) -> None:
    """Decide whether this trace is kept, unless who caused it has, and have notes taken."""
    if _tracing is not None:
        _tracing.sampler.decide(trail)
        trail.notes = []


def keep(story: Story) -> None:
    """Have a story sent; where too much waits, the oldest is dropped and counted, last of all what has failed."""
    if _tracing is not None:
        severity = logging.ERROR if story.error else logging.INFO
        _tracing.shipper.put(Item(clock.now().timestamp(), severity, story.size * _SPAN_BYTES, story))
