"""The queues of this process: what our code calls them, what SQS does, and how they keep messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MAX_RECEIVES: Final = 50  # a backstop: attempts are counted by us, and end long before
_DEAD: Final = "-dlq"
_HEARTBEATS: Final = 3  # in the time that a message stays hidden: two may get lost
_LONGEST_RETENTION: Final = timedelta(days=14)
_LONGEST_VISIBILITY: Final = timedelta(hours=12)
_LONGEST_WAIT_SECONDS: Final = 20
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)  # the whole name, as SQS takes it


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues as the settings want them.

    prefix: what their names in SQS begin with. visibility_seconds: how long a message that was received stays hidden
    from others, unless its worker goes on. wait_seconds: how long a receive waits for messages.
    """

    prefix: str
    names: tuple[str, ...] = ("critical", "default")
    visibility_seconds: int = 60
    retention: timedelta = timedelta(days=4)
    dead_retention: timedelta = timedelta(days=14)
    wait_seconds: int = 20

    @property
    def heartbeat_seconds(self) -> float:
        """Tell how often a worker must say that it is still at work."""
        return self.visibility_seconds / _HEARTBEATS

    def losses(self, *, inbox_kept: timedelta, answer_seconds: float) -> list[str]:
        """Tell in a sentence each what would lose work, or do it twice.

        inbox_kept: how long it is remembered what was done. answer_seconds: how long SQS may take to answer.
        """
        beat, comes_back = self.heartbeat_seconds, self.retention + self.dead_retention
        wrong = {
            f"Dead letters are kept for {self.dead_retention}, messages for {self.retention}: SQS counts both from "
            "when a message was first sent, so a dead letter could be gone before anybody has seen it.": (
                self.dead_retention <= self.retention
            ),
            f"What was done is remembered for {inbox_kept}, but a message may come back for {comes_back}, and would be "
            "done again.": inbox_kept < comes_back,
            f"A heartbeat may wait {answer_seconds:g} s for SQS, but must come every {beat:g} s: a message would show "
            "again while it is worked on.": answer_seconds >= beat,
            **self._unfit_for_sqs(),
        }
        return [sentence for sentence, is_so in wrong.items() if is_so]

    def _unfit_for_sqs(self) -> dict[str, bool]:
        retentions, hours = (self.retention, self.dead_retention), _LONGEST_VISIBILITY
        full = [f"{self.prefix}-{of_the_dead(name)}" for name in self.names]
        return {
            f"SQS keeps messages for a minute to {_LONGEST_RETENTION.days} days.": not all(
                timedelta(minutes=1) <= each <= _LONGEST_RETENTION for each in retentions
            ),
            f"SQS hides a message for a second to {hours}.": not 0 < self.visibility_seconds <= hours.total_seconds(),
            f"A receive waits for {_LONGEST_WAIT_SECONDS} s at most.": not 0
            <= self.wait_seconds
            <= _LONGEST_WAIT_SECONDS,
            f"SQS names queues with 80 letters, digits, hyphens and underscores at most, not {', '.join(full)}.": (
                not all(map(_NAME.fullmatch, full))
            ),
        }


_in_use: list[Queues] = []


def use(queues: Queues) -> None:
    """Take up the queues of the settings; the wiring calls this at start."""
    _in_use[:] = [queues]


def current() -> Queues:
    """Give the queues in use."""
    if not _in_use:
        raise RuntimeError("No queues: the wiring calls `names.use(...)` at start.")
    return _in_use[0]


def queues() -> tuple[str, ...]:
    """List the queues by our names, without those of dead letters."""
    return current().names


def of_the_dead(queue: str) -> str:
    """Name the dead-letter queue of a queue."""
    return queue + _DEAD


def is_of_the_dead(queue: str) -> bool:
    """Tell whether this is a dead-letter queue."""
    return queue.endswith(_DEAD)


def physical(queue: str) -> str:
    """Give the name in SQS of a queue or dead-letter queue; raises LookupError with the names that there are."""
    if queue.removesuffix(_DEAD) not in queues():
        raise LookupError(f"no queue {queue!r}; there are {', '.join(queues())}")
    return f"{current().prefix}-{queue}"
