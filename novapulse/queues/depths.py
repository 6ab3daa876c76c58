"""How the queues are: what SQS holds, what is unfinished, what workers have counted within the last quarter of an hour.

How old the oldest is comes from our own rows: SQS' figure leaves out what was received often, and begins anew in a
dead-letter queue, so that it hides the very messages that one looks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pymongo.errors import PyMongoError

from novapulse import clock
from novapulse.data import mongo
from novapulse.errors import Trouble
from novapulse.queues import controls, figures, names, outbox, sender, setup
from novapulse.queues.figures import Counted
from novapulse.resilience.breaker import CircuitOpen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MOST_IN_FLIGHT: Final = 120_000  # then SQS gives out no more, and a receive that waits says nothing of it

_VISIBLE: Final = "ApproximateNumberOfMessages"
_HIDDEN: Final = "ApproximateNumberOfMessagesNotVisible"
_DELAYED: Final = "ApproximateNumberOfMessagesDelayed"


@dataclass(frozen=True, slots=True)
class Depth:
    """What SQS holds of a queue, about: waiting, in the hands of workers, for later; of its dead letters likewise."""

    queue: str
    waiting: int
    in_flight: int
    delayed: int
    dead: int
    dead_in_flight: int

    @property
    def saturation(self) -> float:
        """Tell which share of what SQS lets be in flight at a time is so."""
        return self.in_flight / MOST_IN_FLIGHT


@dataclass(frozen=True, slots=True)
class Work:
    """One queue: what SQS holds (None where it does not say), what is unfinished, and what was counted lately."""

    queue: str
    depth: Depth | None
    unfinished: int
    oldest_unfinished_seconds: float
    recent: Counted


@dataclass(frozen=True, slots=True)
class Overview:
    """All queues at one moment.

    outbox_lag_seconds: for how long the oldest has been due that is not sent yet. paused: what operators hold back, as
    `queue:<name>` and `company:<id>`. trouble: why SQS tells nothing.
    """

    at: datetime
    queues: tuple[Work, ...]
    outbox_lag_seconds: float
    paused: tuple[str, ...] = ()
    trouble: str = ""


def in_sqs() -> tuple[Depth, ...]:
    """Ask SQS for the depth of each queue; raises Unavailable or TimedOut."""
    return tuple(_depth(queue) for queue in names.queues())


def overview() -> Overview:
    """Put together what SQS and MongoDB know; without SQS the depths are missing.

    Raises Unavailable or TimedOut where MongoDB does not answer.
    """
    depths, trouble = _depths_if_told()
    try:
        return _overview(depths, trouble=trouble)
    except PyMongoError as error:
        raise mongo.trouble_of(error) or error from error


def _overview(depths: Mapping[str, Depth], *, trouble: str) -> Overview:
    recent = figures.recent()
    works = tuple(
        Work(
            queue,
            depths.get(queue),
            outbox.unfinished(queue),
            outbox.oldest_unfinished_seconds(queue),
            recent.get(queue, Counted()),
        )
        for queue in names.queues()
    )
    paused = tuple(each.name for each in controls.listed())
    return Overview(clock.now(), works, outbox.lag_seconds(window=sender.window()), paused, trouble)


def _depths_if_told() -> tuple[dict[str, Depth], str]:
    try:
        return {depth.queue: depth for depth in in_sqs()}, ""
    except CircuitOpen:
        return {}, "SQS is not asked at the moment: its breaker is open."
    except Trouble as trouble:
        return {}, trouble.detail


def _depth(queue: str) -> Depth:
    live, dead = _counts(queue), _counts(names.of_the_dead(queue))
    return Depth(queue, live[_VISIBLE], live[_HIDDEN], live[_DELAYED], dead[_VISIBLE], dead[_HIDDEN])


def _counts(queue: str) -> dict[str, int]:
    url = setup.sqs().queue_url(names.physical(queue))
    answer = setup.sqs().call(
        lambda client: client.get_queue_attributes(QueueUrl=url, AttributeNames=[_VISIBLE, _HIDDEN, _DELAYED])
    )
    return {str(name): int(value) for name, value in answer["Attributes"].items()}
