"""The task that runs in this context, and `once`: its effect in the database, exactly once."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from novapulse.data import transaction
from novapulse.queues import inbox
from novapulse.queues.errors import LeaseLost
from novapulse.resilience import deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.queues.envelope import Envelope
    from novapulse.queues.inbox import Claim

T = TypeVar("T")


@dataclass(slots=True)
class Running:
    """One attempt at a task."""

    envelope: Envelope
    claim: Claim
    is_done: bool = False  # `once` has committed
    failure: str = ""  # the class of what it raised
    _lost: Event = field(default_factory=Event)

    @property
    def id(self) -> str:
        """Give the task's id, the idempotency key that its effects elsewhere carry: the same in every attempt."""
        return self.envelope.id

    @property
    def attempt(self) -> int:
        """Tell which attempt this is, from 1."""
        return self.claim.attempt

    @property
    def max_attempts(self) -> int:
        """Tell how many there are."""
        return self.envelope.max_attempts

    def lost(self) -> bool:
        """Tell whether the heartbeat has found that another attempt has begun."""
        return self._lost.is_set()

    def lose(self) -> None:
        """Tell it so."""
        self._lost.set()

    def check(self) -> None:
        """Be a checkpoint of long work: raises LeaseLost when this attempt was given up, TimedOut past its time."""
        if self.lost():
            raise LeaseLost
        deadline.check()


_running: ContextVar[Running | None] = ContextVar("novapulse_running_task", default=None)


def current() -> Running:
    """Give the attempt that runs here; a LookupError outside of a task."""
    running = _running.get()
    if running is None:
        raise LookupError("no task runs in this context")
    return running


def begin(running: Running) -> None:
    """Say what runs in this context, which is the attempt's own."""
    _running.set(running)


def once(work: Callable[[], T]) -> T:
    """Do `work` and mark the task as done in one transaction: what it changes in MongoDB happens exactly once.

    It may be called again within the attempt, as by `transaction.run`; call `once` as the last thing that can fail,
    since the task is not tried again after it. Raises LeaseLost for an attempt that was taken for dead, with nothing
    changed, and what `work` raises; a LookupError outside of a task.
    """
    running = current()

    def fenced() -> T:
        inbox.finish(running.claim)  # first, so that of two owners the stale one does nothing
        return work()

    answer = transaction.run(fenced)
    running.is_done = True
    return answer
