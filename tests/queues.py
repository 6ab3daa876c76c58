"""Queues in a test: `drain()` sends and runs, in this process, everything there is, as a worker would."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from novapulse import clock
from novapulse.queues import deliveries, inbox, names, outbox, sender, settle
from novapulse.queues.envelope import Envelope
from novapulse.queues.redrive import again
from novapulse.tasks import performing

if TYPE_CHECKING:
    from novapulse.queues.settle import Outcome

_MOST: Final = 1_000  # a task that snoozes without end is a mistake in a test
_VISIBILITY_SECONDS: Final = 60

DESK: Final = settle.Desk(
    owner="test",
    lease_seconds=_VISIBILITY_SECONDS,
    perform=performing.perform,
    dying=performing.dying,
    watch=lambda _delivery, _running: nullcontext(),
    ended=performing.ended,
)
_made: set[str] = set()


@dataclass(frozen=True)
class AtOnce:
    """A delivery that comes back at once, however long its task wants to wait."""

    delivery: deliveries.SqsDelivery
    shown: list[str]

    @property
    def queue(self) -> str:
        return self.delivery.queue

    @property
    def body(self) -> str:
        return self.delivery.body

    @property
    def receives(self) -> int:
        return self.delivery.receives

    def finish(self) -> None:
        self.delivery.finish()

    def show_again(self, *, seconds: int) -> None:  # noqa: ARG002  a delivery's signature
        self.delivery.show_again(seconds=0)
        self.shown.append(self.body)


def make() -> None:
    """Make the queues of this test, where there are none yet."""
    for queue in settings.QUEUES:
        for name in (names.physical(queue), names.physical(names.of_the_dead(queue))):
            if name not in _made:
                deliveries.provider().client().create_queue(QueueName=name)
                _made.add(name)


def publish() -> None:
    """Send what is in the outbox and due, without waiting for the grace of the sweeper."""
    make()
    with clock.shifted(outbox.GRACE):
        while rows := outbox.due(at_most=100):
            if sender.send(rows):
                return


def received(queue: str = "default", *, visibility_seconds: int = _VISIBILITY_SECONDS) -> list[deliveries.SqsDelivery]:
    """Receive up to ten messages of a queue."""
    return deliveries.receive(queue, at_most=10, wait_seconds=0, visibility_seconds=visibility_seconds)


def dead_letters(queue: str = "default") -> list[str]:
    """Give the bodies of up to ten dead letters of a queue, which stay there."""
    publish()
    return [each.body for each in received(names.of_the_dead(queue), visibility_seconds=0)]


def poison() -> None:
    """Have three workers die of each task that is due."""
    with clock.shifted(outbox.GRACE):
        envelopes = [Envelope.from_json(row.body) for row in outbox.due(at_most=100)]
    for envelope in envelopes * settle.MOST_DEATHS:
        inbox.claim(envelope, owner="killed", lease_seconds=-1)


def redrive() -> int:
    """Have the dead tried anew, as `manage.py dlq redrive` does; tell how many there were."""
    return sum(again(letter) for letter in dead_letters())


def drain() -> list[Outcome]:
    """Run every task that is due, retries and snoozes at once; give what became of each message, in order."""
    outcomes: list[Outcome] = []
    shown: list[str] = []
    while True:
        publish()
        found = [each for queue in settings.QUEUES for each in received(queue)]
        if not found and not shown:
            return outcomes
        for each in found:
            if each.body in shown:
                shown.remove(each.body)
            outcomes.append(settle.handle(AtOnce(each, shown), desk=DESK))
        assert len(outcomes) < _MOST, outcomes[-10:]
