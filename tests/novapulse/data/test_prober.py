"""Whoever asks how the dependencies are never waits for one."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from novapulse.data import prober
from novapulse.data.prober import TIMEOUT_SECONDS, Prober
from novapulse.data.provider import Provider
from novapulse.errors import Unavailable
from novapulse.resilience.breaker import Breaker
from tests.faults import quickest_seconds_of, seconds_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

SLACK_SECONDS = 5.0  # a busy machine; one that hangs hangs for twice as long


class Store(Provider[None]):
    """A store that hangs as long as it is not `well`, and counts how often it was asked."""

    def __init__(self, name: str, *, trouble: Exception | None = None) -> None:
        self.name = name
        self.breaker = Breaker(name)
        self.trouble = trouble
        self.asked = 0
        self.well = threading.Event()
        self.well.set()

    def client(self) -> None:
        """Nothing to connect to."""

    def ping(self) -> None:
        self.asked += 1
        self.well.wait(10)
        if self.trouble is not None:
            raise self.trouble

    def pool(self) -> dict[str, int]:
        return {"open": 1, "in_use": 0, "max": 2}

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prober, "EVERY_SECONDS", 0.05)


@pytest.fixture
def hanging() -> Iterator[Store]:
    store = Store("hanging")
    store.well.clear()
    yield store
    store.well.set()


def is_well(watching: Prober) -> list[bool]:
    return [each.health.ok for each in watching.observations()]


def test_what_is_known_is_told_from_memory_with_its_age() -> None:
    watching = Prober([Store("one")])
    watching.start()
    wait_until(lambda: is_well(watching) == [True])
    first = watching.observations()[0]
    watching.stop()
    time.sleep(0.3)
    later = watching.observations()[0]

    assert first.health.ok
    assert later.age_seconds > first.age_seconds + 0.2


def test_a_dependency_that_hangs_slows_no_answer_and_delays_no_other(hanging: Store) -> None:
    other = Store("other")
    hanging.well.set()
    watching = Prober([hanging, other])
    watching.start()
    wait_until(lambda: is_well(watching) == [True, True])
    hanging.well.clear()
    asked = other.asked

    wait_until(lambda: is_well(watching) == [False, True])
    assert quickest_seconds_of(watching.observations) < 0.05
    wait_until(lambda: other.asked > asked + 3)
    hanging.well.set()
    wait_until(lambda: is_well(watching) == [True, True])
    watching.stop()


def test_before_the_first_round_an_answer_waits_half_a_second_at_most(hanging: Store) -> None:
    watching = Prober([Store("other"), hanging])
    watching.start()
    seconds = seconds_of(lambda: is_well(watching))
    watching.stop()

    assert seconds < TIMEOUT_SECONDS + SLACK_SECONDS
    assert not is_well(watching)[1]


def test_without_a_watch_everybody_asks_for_themselves_within_the_same_bound(hanging: Store) -> None:
    idle = Prober([hanging, Store("away", trouble=Unavailable("Gone.")), Store("well")])
    seconds = seconds_of(idle.observations)

    assert TIMEOUT_SECONDS <= seconds < TIMEOUT_SECONDS + SLACK_SECONDS
    assert is_well(idle) == [False, False, True]
    assert hanging.asked == 1  # one question is open: it is not asked again and again


def test_a_fault_of_the_provider_itself_counts_as_away_and_ends_no_thread() -> None:
    broken = Store("broken", trouble=ZeroDivisionError())
    watching = Prober([broken])
    watching.start()
    wait_until(lambda: broken.asked > 2)
    watching.stop()

    assert watching.observations()[0].health.detail == "ZeroDivisionError"


def test_an_answer_that_came_too_late_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prober, "TIMEOUT_SECONDS", 0.05)
    late = Store("late")
    late.well.clear()
    watching = Prober([late])
    watching.observations()
    late.well.set()
    wait_until(lambda: watching._probes[0]._asked_at is None)

    assert not watching._probes[0].latest().health.ok


def test_a_child_of_a_fork_watches_by_itself() -> None:
    store = Store("one")
    watching = Prober([store])
    watching.start()
    assert is_well(watching) == [True]
    child = os.fork()
    if child == 0:
        asked = store.asked
        time.sleep(0.5)
        os._exit(0 if store.asked > asked and is_well(watching) == [True] else 1)
    watching.stop()

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
