from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.errors import Unavailable
from novapulse.queues.polls import Polls

if TYPE_CHECKING:
    from collections.abc import Iterator

gate = threading.Event()


@pytest.fixture(autouse=True)
def _gate() -> Iterator[None]:
    gate.clear()
    yield
    gate.set()


def _receive(queue: str, *, at_most: int) -> Any:
    if queue == "slow":
        gate.wait(30)
    if queue == "broken":
        raise Unavailable
    return [f"{queue}-{number}" for number in range(at_most)]


def _until_one_ended(polls: Polls) -> Any:
    polls.wait(seconds=30)
    time.sleep(0.05)
    return polls.ended()


def test_what_comes_in_one_queue_is_there_while_another_is_still_waited_for() -> None:
    polls = Polls(_receive, queues=2)
    polls.open("slow", at_most=1)
    polls.open("quick", at_most=2)

    assert _until_one_ended(polls) == ["quick-0", "quick-1"]
    assert (polls.is_open("slow"), polls.is_open("quick")) == (True, False)
    gate.set()
    assert _until_one_ended(polls) == ["slow-0"]


def test_what_failed_is_told_and_loses_nothing_that_came() -> None:
    polls = Polls(_receive, queues=2)
    polls.open("broken", at_most=1)
    with pytest.raises(Unavailable):
        _until_one_ended(polls)

    polls.open("broken", at_most=1)
    polls.open("quick", at_most=1)
    time.sleep(0.2)
    assert _until_one_ended(polls) == ["quick-0"]


def test_at_the_end_what_still_came_is_given_to_be_handed_back() -> None:
    polls = Polls(_receive, queues=1)
    polls.open("slow", at_most=1)
    threading.Timer(0.1, gate.set).start()

    assert polls.close(seconds=30) == ["slow-0"]
