"""Bulkheads, with real threads."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novapulse.errors import Overloaded
from novapulse.resilience import bulkhead
from novapulse.resilience.bulkhead import Bulkhead
from tests.faults import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class _Crowd:
    """Threads that go in and stay until they are let go; counts who is inside at one time."""

    def __init__(self, bulkhead: Bulkhead) -> None:
        self.bulkhead = bulkhead
        self.let_go = threading.Event()
        self.inside = self.most = self.refused = self.served = 0
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def enter(self) -> None:
        try:
            with self.bulkhead:
                self._count(inside=1)
                self.let_go.wait(60)
                self._count(inside=-1, served=1)
        except Overloaded:
            self._count(refused=1)

    def _count(self, *, inside: int = 0, served: int = 0, refused: int = 0) -> None:
        with self._changed:
            self.inside += inside
            self.served += served
            self.refused += refused
            self.most = max(self.most, self.inside)
            self._changed.notify_all()

    def wait_for_refused(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.refused >= count, timeout=60)

    def wait_for_inside(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.inside >= count, timeout=60)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(24) as threads:
        yield threads


@settings(max_examples=25, deadline=None)
@given(slots=st.integers(1, 4), waiting=st.integers(0, 4), asking=st.integers(1, 16))
def test_no_more_than_its_slots_are_inside_and_no_more_than_its_bench_wait(
    slots: int, waiting: int, asking: int
) -> None:
    crowd = _Crowd(Bulkhead("test", slots=slots, waiting=waiting, wait_seconds=10))
    refused = max(0, asking - slots - waiting)
    with ThreadPoolExecutor(asking) as threads:
        for _ in range(asking):
            threads.submit(crowd.enter)
        assert crowd.wait_for_refused(refused)
        assert crowd.wait_for_inside(min(asking, slots))
        crowd.let_go.set()

    assert crowd.most == min(asking, slots)
    assert (crowd.refused, crowd.served) == (refused, asking - refused)


def test_whoever_finds_the_bench_full_is_refused_at_once(pool: ThreadPoolExecutor) -> None:
    crowd = _Crowd(Bulkhead("test", slots=1, waiting=0, wait_seconds=10))
    pool.submit(crowd.enter)
    assert crowd.wait_for_inside(1)

    taken = seconds_of(lambda: _refused(crowd.bulkhead))
    crowd.let_go.set()

    assert taken < 5  # half of what it would have waited


def test_nobody_waits_longer_than_told(pool: ThreadPoolExecutor) -> None:
    crowd = _Crowd(Bulkhead("test", slots=1, waiting=1, wait_seconds=0.1))
    pool.submit(crowd.enter)
    assert crowd.wait_for_inside(1)

    taken = seconds_of(lambda: _refused(crowd.bulkhead))
    again = seconds_of(lambda: _refused(crowd.bulkhead))  # the place on the bench was given back
    crowd.let_go.set()

    assert 0.1 <= taken < 10
    assert 0.1 <= again < 10


def test_a_slot_is_given_back_when_the_work_fails() -> None:
    bulkhead = Bulkhead("test", slots=1, waiting=0, wait_seconds=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), bulkhead:
            raise ZeroDivisionError


def test_who_is_inside_and_who_was_refused_can_be_told() -> None:
    room = Bulkhead("test-told", slots=2, waiting=0, wait_seconds=0)
    with room, room:
        assert (room.used, room.slots, bulkhead.refused()["test-told"]) == (2, 2, 0)
        _refused(room)

    assert (room.used, bulkhead.refused()["test-told"]) == (0, 1)
    assert room in bulkhead.rooms()


def test_who_was_refused_stays_counted_when_the_room_is_gone() -> None:
    room = Bulkhead("test-gone", slots=1, waiting=0, wait_seconds=0)
    with room:
        _refused(room)
    del room
    gc.collect()

    assert bulkhead.refused()["test-gone"] == 1


def _refused(bulkhead: AbstractContextManager[None]) -> None:
    with pytest.raises(Overloaded), bulkhead:
        pass
