"""What a task may say instead of returning, and what is wrong with an envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.errors import Conflict, Invalid

if TYPE_CHECKING:
    from datetime import timedelta


class Retry(Exception):  # noqa: N818  a word to the worker rather than an error
    """Try again, after the task's backoff or after the time given; counts as an attempt."""

    def __init__(self, detail: str = "asked for by the task", *, after: timedelta | None = None) -> None:
        """Take the reason for logs, and how long to wait where the backoff is not meant."""
        super().__init__(detail)
        self.after = after


class Snooze(Exception):  # noqa: N818  as Retry
    """Come back later: it is not time yet. Counts as no attempt."""

    def __init__(self, *, after: timedelta) -> None:
        """Take how long to wait."""
        super().__init__(f"snoozed for {after}")
        self.after = after


class Discard(Exception):  # noqa: N818  as Retry
    """Nothing needs to be done any more: the task is over, with an event that says why."""

    def __init__(self, reason: str) -> None:
        """Take the reason, a short word."""
        super().__init__(reason)
        self.reason = reason


class DeadLetter(Exception):  # noqa: N818  as Retry
    """No further attempt can succeed: put the task into the dead-letter queue, for a person to look at."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Take the reason, a short word that `dlq` filters by, and a sentence."""
        super().__init__(detail or reason)
        self.reason = reason


class LeaseLost(Conflict):
    """The attempt was taken for dead and another one has begun: it must have no further effect."""

    code = "lease-lost"


class TooLarge(Invalid):
    """The arguments of a task are larger than a message may be: store them, and hand on their id."""

    code = "task-too-large"


class Unreadable(ValueError):  # noqa: N818  a message, not a program, is to blame
    """A message is not an envelope that this program knows."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Take the reason, a short word, and what was found."""
        super().__init__(detail or reason)
        self.reason = reason
