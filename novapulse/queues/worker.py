"""A worker: receives messages of its queues and runs their tasks in threads, until it is told to stop.

1. It receives no more than it has threads free, from the queue whose turn it is by weight. For what is quiet, a receive
   waits beside that.
2. A company that has its share of the threads while others wait gets its message handed back for a while; one that is
   paused or parked has it put back to its place in the outbox, where nobody sends it. Neither burns an attempt. What is
   of a company that is gone is thrown away.
3. It receives nothing while MongoDB is away: it could claim nothing, and SQS would count.
4. Told to stop, it receives no more and gives what runs its time. What is not done by then is handed back, with its
   lease, so that another worker begins it at once; the fence keeps what still runs here from any effect.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from threading import Condition, Event
from typing import TYPE_CHECKING, Final

from bson import ObjectId

from novapulse import clock, log
from novapulse.errors import Trouble
from novapulse.log import failure
from novapulse.queues import controls, deliveries, figures, inbox, outbox, settle
from novapulse.queues.deletions import Deletions
from novapulse.queues.envelope import Envelope
from novapulse.queues.errors import Unreadable
from novapulse.queues.heartbeat import Heartbeat
from novapulse.queues.polls import Polls
from novapulse.queues.shares import Shares
from novapulse.queues.wheel import Wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from novapulse.queues.controls import Paused
    from novapulse.queues.deliveries import SqsDelivery
    from novapulse.queues.running import Running
    from novapulse.queues.settle import Outcome

_logger = logging.getLogger(__name__)

_MOST_RECEIVED: Final = 10  # of one call, by SQS' own limit
_POLL_SECONDS: Final = 3  # that a receive waits for messages; a worker that is told to stop waits for its end
_PAUSE_SECONDS: Final = 1.0  # after a store was away
_MOST_HAND_BACK_SECONDS: Final = 20  # times how often SQS gave the message out
_PASSED_PER_SECOND: Final = 20  # messages of a company that a worker can pass by: so long is a hand-back, and no longer
_MOST_HAND_BACKS: Final = 30  # before SQS' own limit of receives: then it is its turn whoever waits
_FLUSH_SECONDS: Final = 10.0
_WEDGED_SECONDS: Final = 60.0  # past its timeout: its thread does not come back


@dataclass(frozen=True, slots=True)
class Crew:
    """What a worker is: the weight of each queue, its threads, its seconds, and who runs a task."""

    weights: Mapping[str, int]
    threads: int
    visibility_seconds: int
    drain_seconds: float
    perform: Callable[[Running], object]
    dying: Callable[[Running, str], None]
    ended: Callable[[Running, Outcome], None]


class Worker:
    """One worker: `run` in the main thread, `stop` from anywhere."""

    def __init__(self, crew: Crew) -> None:
        """Take what it is to be."""
        self._crew = crew
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self._heartbeat = Heartbeat(visibility_seconds=crew.visibility_seconds)
        self._deletions = Deletions()
        self._shares = Shares(crew.threads)
        self._wheel = Wheel(crew.weights)
        self._stopped = Event()
        self._busy, self._changed = 0, Condition()
        self._quiet = set(crew.weights)
        self._polls = Polls(partial(self._receive_from, wait_seconds=_POLL_SECONDS), queues=len(crew.weights))
        self._flushed_at = clock.monotonic()
        self._is_blind = False
        self.is_wedged = False
        self._desk = settle.Desk(
            owner=self.owner,
            lease_seconds=crew.visibility_seconds,
            perform=crew.perform,
            dying=crew.dying,
            watch=self._heartbeat.watching,
            ended=crew.ended,
        )

    def stop(self) -> None:
        """Tell it to stop: no more receives, what runs has its time."""
        self._stopped.set()

    def run(self) -> bool:
        """Work until told to stop; tell whether all that ran has ended by then."""
        log.event(_logger, "worker.started", queues=dict(self._crew.weights), threads=self._crew.threads)
        self._heartbeat.start()
        self._deletions.start()
        pool = ThreadPoolExecutor(self._crew.threads, thread_name_prefix="task")
        while not self._stopped.is_set():
            self._upkeep()
            self._await_free_thread()
            self._take_turn(pool)
        told_at = clock.monotonic()
        deliveries.show_all_again(self._polls.close(seconds=2 * _POLL_SECONDS), seconds=0)
        has_ended = self._drain(seconds=self._crew.drain_seconds - (clock.monotonic() - told_at))
        pool.shutdown(wait=has_ended, cancel_futures=True)
        self._heartbeat.stop()
        self._deletions.stop()
        figures.flush()
        log.event(_logger, "worker.stopped", has_ended=has_ended)
        return has_ended

    def _take_turn(self, pool: ThreadPoolExecutor) -> None:
        """Receive from the next queue and begin what came (steps 1 to 3)."""
        try:
            paused = controls.paused()
            received = self._receive([queue for queue in self._crew.weights if queue not in paused.queues])
            self._begin(received, pool, paused=paused)
        except Exception as error:  # noqa: BLE001  the outermost edge of the loop: MongoDB or SQS is away, or a mistake of ours
            if not self._is_blind:
                kind = logging.WARNING if isinstance(error, Trouble) else logging.ERROR
                log.event(_logger, "worker.not_received", level=kind, error=failure.kind(error))
            self._is_blind = True
            self._stopped.wait(_PAUSE_SECONDS)
        else:
            self._is_blind = False

    def _receive(self, queues: list[str]) -> list[SqsDelivery]:
        """Receive from a queue that has messages, and what has come meanwhile from those that were quiet."""
        free = self._free()
        for queue in self._quiet.intersection(queues) if free > 0 else ():
            self._polls.open(queue, at_most=max(1, free // len(queues)))
        loud = [queue for queue in queues if queue not in self._quiet]
        if loud and free > 0:
            queue = self._wheel.next(among=loud)
            received = self._receive_from(queue, at_most=free, wait_seconds=0)
            if not received:
                self._quiet.add(queue)
        else:
            received = []
            self._polls.wait(seconds=_PAUSE_SECONDS)
        received += self._polls.ended()
        self._quiet -= {delivery.queue for delivery in received}
        return received

    def _receive_from(self, queue: str, *, at_most: int, wait_seconds: int) -> list[SqsDelivery]:
        return deliveries.receive(
            queue,
            at_most=min(_MOST_RECEIVED, at_most),
            wait_seconds=wait_seconds,
            visibility_seconds=self._crew.visibility_seconds,
            deletions=self._deletions,
        )

    def _begin(self, received: list[SqsDelivery], pool: ThreadPoolExecutor, *, paused: Paused) -> None:
        handed_back: defaultdict[int, list[SqsDelivery]] = defaultdict(list)
        envelopes = [_envelope(delivery) for delivery in received]
        if any(each is not None and each.company_id in paused.companies for each in envelopes):
            paused = controls.paused_now()  # what goes on again must not wait for another round
        for delivery, envelope in zip(received, envelopes, strict=True):
            company_id = envelope.company_id if envelope is not None else None
            if self._stopped.is_set() or self._free() <= 0 or delivery.queue in paused.queues:
                delivery.show_again(seconds=0)
            elif envelope is not None and company_id in paused.gone:
                _drop(delivery, envelope)
            elif envelope is not None and company_id in paused.companies:
                outbox.park(envelope)
                delivery.finish()
            elif self._must_wait(company_id, delivery):
                handed_back[_seconds_away(delivery, company_id)].append(delivery)
            else:
                self._start(delivery, company_id, pool)
        for seconds, those in handed_back.items():
            deliveries.show_all_again(those, seconds=seconds)

    def _must_wait(self, company_id: str | None, delivery: SqsDelivery) -> bool:
        exhausted = self._shares.exhausted()
        if company_id not in exhausted or delivery.receives > _MOST_HAND_BACKS:
            return False
        return outbox.others_wait(delivery.queue, companies=exhausted)

    def _start(self, delivery: SqsDelivery, company_id: str | None, pool: ThreadPoolExecutor) -> None:
        self._shares.take(company_id)
        with self._changed:
            self._busy += 1
        pool.submit(Context().run, self._work, delivery, company_id)

    def _work(self, delivery: SqsDelivery, company_id: str | None) -> None:
        try:
            settle.handle(delivery, desk=self._desk)
        except Exception:  # noqa: BLE001  the outermost edge of this thread, which goes on
            log.failed(_logger, "worker.not_settled")  # MongoDB is away: the message reappears
        finally:
            self._shares.give_back(company_id)
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _free(self) -> int:
        return self._crew.threads - self._busy

    def _await_free_thread(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._free() > 0, timeout=_PAUSE_SECONDS)

    def _upkeep(self) -> None:
        if clock.monotonic() - self._flushed_at >= _FLUSH_SECONDS:
            self._flushed_at = clock.monotonic()
            figures.flush()
        if any(each.overdue_seconds() > _WEDGED_SECONDS for each in self._heartbeat.beating()):
            log.event(_logger, "worker.wedged", level=logging.ERROR)
            self.is_wedged = True
            self.stop()

    def _drain(self, *, seconds: float) -> bool:
        """Give what runs its time, then hand back what is left (step 4)."""
        with self._changed:
            has_ended = self._changed.wait_for(lambda: self._busy == 0, timeout=seconds)
        if has_ended:
            return True
        left = self._heartbeat.beating()
        for each in left:
            each.running.lose()
            inbox.give_back(each.running.claim, error=None, attempts=each.running.attempt - 1)
        deliveries.show_all_again([each.delivery for each in left], seconds=0)
        log.event(_logger, "worker.handed_back", level=logging.WARNING, tasks=len(left))
        return False


def _drop(delivery: SqsDelivery, envelope: Envelope) -> None:
    """Let a task of a company go that is no more."""
    log.event(_logger, "task.dropped", id=envelope.id, task=envelope.task, queue=envelope.queue)
    outbox.finished([ObjectId(envelope.id)])
    delivery.finish()


def _seconds_away(delivery: SqsDelivery, company_id: str | None) -> int:
    """Tell for how long to hand back: until those of others behind a long queue are found, a moment in a short one."""
    most = _MOST_HAND_BACK_SECONDS * _PASSED_PER_SECOND
    queued = outbox.in_queue((delivery.queue, company_id), at_most=most)
    seconds = max(1, queued // _PASSED_PER_SECOND) * delivery.receives
    return min(settle.LONGEST_VISIBILITY_SECONDS, seconds)


def _envelope(delivery: SqsDelivery) -> Envelope | None:
    try:
        return Envelope.from_json(delivery.body)
    except Unreadable:
        return None  # `settle` makes it a dead letter
