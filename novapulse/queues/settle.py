"""One message from its receipt to its end: claim, run, settle. A worker calls this, and so can a Lambda handler.

1. A message that cannot be read becomes a dead letter as it is.
2. Claim. Somebody else at it: leave the message to reappear. Finished already: a copy, which goes.
3. Three workers have died of it: quarantined as `poison` without another run. Past its time: discarded.
4. Run. What the task raises decides: again later, never again (dead letter), not needed, or done.
5. The outcome is written with the fence, and only then the message goes. A crash anywhere in between leaves a message
   that reappears, and a row that says how far it got.
"""

from __future__ import annotations

import logging
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, Final, Protocol

from bson import ObjectId

from novapulse import clock, context, log
from novapulse.data import transaction
from novapulse.log import failure
from novapulse.queues import backoff, burial, figures, inbox, names, outbox, tracing
from novapulse.queues.envelope import Envelope
from novapulse.queues.errors import DeadLetter, Discard, LeaseLost, Retry, Snooze, Unreadable
from novapulse.queues.figures import Figure
from novapulse.queues.inbox import Busy, Over
from novapulse.queues.running import Running, begin
from novapulse.resilience import account
from novapulse.resilience.account import Account
from novapulse.telemetry import meter

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from novapulse.context import Trail
    from novapulse.queues.tracing import Attempt

_logger = logging.getLogger(__name__)

_duration: Final = meter.histogram("novapulse.task.duration")

MOST_DEATHS: Final = 3
_SLOW_SECONDS: Final = 1.0  # of a task: then its line in the log names its calls to stores
_RECEIVES_OF_ONE_MESSAGE: Final = names.MAX_RECEIVES // 2
LONGEST_VISIBILITY_SECONDS: Final = 900  # a longer wait is kept in MongoDB: SQS forgets it with its worker's receipt


class Outcome(StrEnum):
    """What became of a message."""

    DONE = "done"
    COPY = "copy"
    BUSY = "busy"
    RETRIED = "retried"
    SNOOZED = "snoozed"
    DISCARDED = "discarded"
    DEAD = "dead"
    LOST = "lost"


class Delivery(Protocol):
    """A received message, and what may be done with it. Neither raises where SQS is away: then it reappears."""

    @property
    def queue(self) -> str:
        """Give the queue, in our words."""

    @property
    def body(self) -> str:
        """Give the text."""

    @property
    def receives(self) -> int:
        """Tell how often SQS has given it out."""

    def finish(self) -> None:
        """Delete it."""

    def show_again(self, *, seconds: int) -> None:
        """Let it reappear after so many seconds, up to 900."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who runs tasks, and how: `perform` runs one, `watch` keeps its lease, `ended` hears of done and dead ones.

    `dying` is told of a death and its reason within the transaction that makes it so.
    """

    owner: str
    lease_seconds: float
    perform: Callable[[Running], object]
    dying: Callable[[Running, str], None]
    watch: Callable[[Delivery, Running], AbstractContextManager[object]]
    ended: Callable[[Running, Outcome], None]


def handle(delivery: Delivery, *, desk: Desk) -> Outcome:
    """Claim, run and settle one message; raises only where MongoDB is away: then the message reappears."""
    try:
        envelope = Envelope.from_json(delivery.body)
    except Unreadable as error:
        burial.bury_unreadable(delivery, error)
        return Outcome.DEAD
    with tracing.processing(envelope) as attempt:
        return _handle(delivery, envelope, attempt, desk=desk)


def _handle(delivery: Delivery, envelope: Envelope, attempt: Attempt, *, desk: Desk) -> Outcome:
    found = inbox.claim(envelope, owner=desk.owner, lease_seconds=desk.lease_seconds)
    if isinstance(found, Busy):
        delivery.show_again(seconds=min(LONGEST_VISIBILITY_SECONDS, ceil(found.seconds) + 1))
        return Outcome.BUSY
    if isinstance(found, Over):
        log.event(_logger, "task.copy", id=envelope.id, task=envelope.task)
        figures.count(Figure.DUPLICATES, queue=envelope.queue)
        _let_go(delivery, envelope)
        return Outcome.COPY
    attempt.running = running = Running(replace(envelope, attempt=found.attempt), found)
    outcome = _attempt(delivery, running, desk)
    attempt.end(outcome)
    if outcome in {Outcome.DONE, Outcome.DEAD, Outcome.DISCARDED}:
        desk.ended(running, outcome)
    return outcome


def _attempt(delivery: Delivery, running: Running, desk: Desk) -> Outcome:
    envelope, began_at = running.envelope, clock.now()
    if running.claim.deaths >= MOST_DEATHS:
        poison = DeadLetter(burial.POISON, f"{running.claim.deaths} workers died while they ran it")
        return _settle_failure(delivery, running, poison, desk=desk)
    if envelope.expires_at is not None and envelope.expires_at <= began_at:
        return _settle_failure(delivery, running, Discard("expired"), desk=desk)
    outbox.begun(envelope)
    waited = began_at - max(envelope.enqueued_at, envelope.run_after or envelope.enqueued_at)
    dwell_ms = _milliseconds(waited)
    _count_begun(running, waited)
    log.event(_logger, "task.started", **_names(running), company_id=envelope.company_id, dwell_ms=dwell_ms)
    spent = Account(slow_seconds=_SLOW_SECONDS)
    try:
        with desk.watch(delivery, running):
            result = Context().run(_perform, running, desk.perform, context.trail(), spent)
    except (Exception, SystemExit) as error:  # noqa: BLE001  the outermost edge of a task: whatever it raises is its answer
        running.failure = type(error).__name__
        outcome = _settle_failure(delivery, running, error, desk=desk)
    else:
        outcome = _settle_success(delivery, running, result)
    took = clock.now() - began_at
    _duration.record(took.total_seconds(), {"task": envelope.task, "outcome": str(outcome)})
    _tell_of_end(running, spent, outcome=outcome, dwell_ms=dwell_ms, took=took)
    return outcome


def _tell_of_end(running: Running, spent: Account, *, outcome: Outcome, dwell_ms: float, took: timedelta) -> None:
    told = {**_names(running), "outcome": outcome, "took_ms": _milliseconds(took), "dwell_ms": dwell_ms}
    is_slow = took.total_seconds() >= spent.slow_seconds
    if is_slow or outcome is not Outcome.DONE or account.are_all_told_of():
        told["calls"] = account.told(spent.calls)
    log.event(_logger, "task.finished", **told)


def _count_begun(running: Running, waited: timedelta) -> None:
    queue = running.envelope.queue
    figures.count(Figure.ATTEMPTS, queue=queue)
    if running.attempt == 1 and not running.claim.deaths:
        figures.dwelt(waited.total_seconds(), queue=queue)


def _perform(running: Running, perform: Callable[[Running], object], trail: Trail | None, spent: Account) -> object:
    with context.within(trail), spent:
        begin(running)
        return perform(running)


def _settle_success(delivery: Delivery, running: Running, result: object) -> Outcome:
    if not inbox.complete(running.claim, result=result):
        return _lost(running)
    _let_go(delivery, running.envelope)
    figures.count(Figure.DONE, queue=running.envelope.queue)
    return Outcome.DONE


def _settle_failure(delivery: Delivery, running: Running, error: BaseException, *, desk: Desk) -> Outcome:
    if running.is_done:  # `once` has committed: the task is done, whatever failed after it
        log.event(_logger, "task.failed_after_once", level=logging.ERROR, **_names(running), error=failure.kind(error))
        return _settle_success(delivery, running, None)
    if isinstance(error, LeaseLost):
        return _lost(running)
    if isinstance(error, Discard):
        log.event(_logger, "task.discarded", **_names(running), reason=error.reason)
        outcome = _settle_success(delivery, running, None)
        return Outcome.DISCARDED if outcome is Outcome.DONE else outcome
    if isinstance(error, Snooze):
        wait = partial(_wait, delivery, running, error, attempts=running.attempt - 1)
        return Outcome.SNOOZED if wait(seconds=error.after.total_seconds()) else _lost(running)
    if isinstance(error, DeadLetter) or running.attempt >= running.max_attempts:
        reason = error.reason if isinstance(error, DeadLetter) else "exhausted"
        is_buried = burial.bury(delivery, running, error, reason=reason, desk=desk)
        return Outcome.DEAD if is_buried else _lost(running)
    _tell_of_failure(running, error)
    figures.count(Figure.RETRIES, queue=running.envelope.queue)
    seconds = _seconds_until_next(running, error)
    return (
        Outcome.RETRIED
        if _wait(delivery, running, error, attempts=running.attempt, seconds=seconds)
        else _lost(running)
    )


def _tell_of_failure(running: Running, error: BaseException) -> None:
    what = {"error": failure.kind(error), "traceback": failure.told(error)}
    log.event(_logger, "task.failed", level=logging.WARNING, **_names(running), **what)


def _seconds_until_next(running: Running, error: BaseException) -> float:
    if isinstance(error, Retry) and error.after is not None:
        return error.after.total_seconds()
    first, longest = running.envelope.backoff_seconds
    return backoff.seconds(running.attempt, first=first, longest=longest)


def _wait(delivery: Delivery, running: Running, error: BaseException, *, attempts: int, seconds: float) -> bool:
    """Let the attempt go and have the task come back: by SQS up to 15 minutes, by the outbox beyond.

    By the outbox as well where SQS has given the message out often: it would take it for one that nobody can do.
    """
    give_back = partial(inbox.give_back, running.claim, error=burial.described(error), attempts=attempts)
    if seconds <= LONGEST_VISIBILITY_SECONDS and delivery.receives < _RECEIVES_OF_ONE_MESSAGE:
        is_ours = give_back()
        if is_ours:
            delivery.show_again(seconds=ceil(seconds))
        return is_ours
    due_at = clock.now() + timedelta(seconds=seconds)

    def to_outbox() -> bool:
        is_ours = give_back()
        if is_ours:
            outbox.put_back(running.envelope, due_at=due_at)
        return is_ours

    if not transaction.run(to_outbox):
        return False
    delivery.finish()
    return True


def _let_go(delivery: Delivery, envelope: Envelope) -> None:
    outbox.finished([ObjectId(envelope.id)])
    delivery.finish()


def _lost(running: Running) -> Outcome:
    figures.count(Figure.LEASES_LOST, queue=running.envelope.queue)
    log.event(_logger, "task.lease_lost", level=logging.WARNING, **_names(running))
    return Outcome.LOST


def _names(running: Running) -> dict[str, Any]:
    envelope = running.envelope
    return {"id": envelope.id, "task": envelope.task, "queue": envelope.queue, "attempt": running.attempt}


def _milliseconds(length: timedelta) -> float:
    return round(length.total_seconds() * 1000, 1)
