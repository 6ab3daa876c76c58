from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from novapulse.queues import deliveries, outbox, sender
from tests import queues
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from novapulse.queues.deliveries import SqsDelivery

pytestmark = pytest.mark.usefixtures("database")
_MOST_SECONDS = 20


@pytest.fixture
def delivery() -> SqsDelivery:
    """Send a message and receive it."""
    queues.make()
    sender.send([outbox.add(an_envelope())])
    return queues.received()[0]


def test_a_message_tells_how_often_it_was_given_out(delivery: SqsDelivery) -> None:
    delivery.show_again(seconds=0)

    assert [delivery.receives, queues.received()[0].receives] == [1, 2]


def test_a_finished_message_does_not_come_back(delivery: SqsDelivery) -> None:
    delivery.finish()

    assert deliveries.receive("default", at_most=10, wait_seconds=1, visibility_seconds=0) == []


def test_a_message_comes_back_after_the_time_that_it_was_told(delivery: SqsDelivery) -> None:
    delivery.show_again(seconds=1)
    began = time.monotonic()
    while not queues.received():
        assert time.monotonic() - began < _MOST_SECONDS
        time.sleep(0.1)


def test_a_receipt_that_is_no_longer_good_is_no_trouble(delivery: SqsDelivery) -> None:
    delivery.finish()

    delivery.show_again(seconds=0)
    delivery.finish()

    assert queues.received() == []
