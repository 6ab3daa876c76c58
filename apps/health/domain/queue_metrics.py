"""What the watch of the queues has seen last, as metrics; nothing of it where the stores did not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.metrics import Observation

from novapulse.telemetry import meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from novapulse.queues.depths import Depth, Overview, Work

    Seen = Callable[[], Overview | None]


def observe(seen: Seen) -> None:
    """Have those who collect see what was seen last."""

    def of_works(figure: Callable[[Work], float]) -> Callable[[], Iterator[Observation]]:
        return lambda: (Observation(figure(work), {"queue": work.queue}) for work in _works(seen))

    meter.observe("novapulse.queue.unfinished", of_works(lambda work: work.unfinished))
    meter.observe("novapulse.queue.oldest", of_works(lambda work: work.oldest_unfinished_seconds))
    meter.observe("novapulse.queue.messages", lambda: _messages(seen))
    meter.observe("novapulse.queue.outbox_lag", lambda: _lag(seen))


def _works(seen: Seen) -> tuple[Work, ...]:
    overview = seen()
    return () if overview is None else overview.queues


def _messages(seen: Seen) -> Iterator[Observation]:
    for depth in (work.depth for work in _works(seen) if work.depth is not None):
        for state, number in _states(depth):
            yield Observation(number, {"queue": depth.queue, "state": state})


def _states(depth: Depth) -> list[tuple[str, int]]:
    dead = depth.dead + depth.dead_in_flight
    return [("waiting", depth.waiting), ("in_flight", depth.in_flight), ("delayed", depth.delayed), ("dead", dead)]


def _lag(seen: Seen) -> Iterator[Observation]:
    overview = seen()
    if overview is not None:
        yield Observation(overview.outbox_lag_seconds)
