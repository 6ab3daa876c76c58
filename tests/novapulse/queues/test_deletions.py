from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from novapulse.queues import deliveries, outbox, sender
from novapulse.queues.deletions import Deletions
from tests import queues
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from novapulse.queues.deliveries import SqsDelivery

pytestmark = pytest.mark.usefixtures("database")
_MOST_SECONDS = 30


def _received(deletions: Deletions, count: int) -> list[SqsDelivery]:
    queues.make()
    sender.send([outbox.add(an_envelope()) for _ in range(count)])
    asked = [10] * -(-count // 10)
    return [
        each
        for most in asked
        for each in deliveries.receive(
            "default", at_most=most, wait_seconds=1, visibility_seconds=60, deletions=deletions
        )
    ]


def _left(received: list[SqsDelivery]) -> int:
    """Count what is still there: what is shown again comes again."""
    deliveries.show_all_again(received, seconds=0)
    time.sleep(0.05)
    return len(queues.received())


def test_what_is_finished_is_deleted_soon_ten_with_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    deletions = Deletions()
    received = _received(deletions, 12)
    calls: list[object] = []
    attempt = deliveries.attempt
    monkeypatch.setattr(deliveries, "attempt", lambda work: (calls.append(work), attempt(work)))
    for each in received:
        each.finish()
    deletions.start()
    began = time.monotonic()
    while len(calls) < 2:
        assert time.monotonic() - began < _MOST_SECONDS
        time.sleep(0.02)
    deletions.stop()

    assert len(calls) == 2
    monkeypatch.undo()
    assert _left(received) == 0


def test_what_waits_is_deleted_when_the_worker_stops() -> None:
    deletions = Deletions()
    (only,) = _received(deletions, 1)
    only.finish()
    deletions.stop()

    assert _left([only]) == 0
