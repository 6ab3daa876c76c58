"""More than can be done in time is refused at the door; the rest is done in time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novapulse.errors import Overloaded
from novapulse.resilience.shedding import Door, Limit
from tests.faults import seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST, MOST, TARGET = 5, 24, 0.002
LOOKS_PER_SECOND = 100
THREADS = MOST + 4

looks = st.lists(st.tuples(st.floats(0, 1), st.integers(0, MOST)), max_size=200)


def make_limit() -> Limit:
    return Limit(least=LEAST, most=MOST, target_seconds=TARGET)


def make_door(limit: Limit) -> Door:
    return Door(limit, threads=THREADS)


def after(history: list[tuple[float, int]]) -> Limit:
    limit = make_limit()
    for late, refused in history:
        limit.learn(late, refused=refused)
    return limit


@settings(max_examples=100, deadline=None)
@given(looks)
def test_the_limit_stays_in_its_bounds_whatever_comes(history: list[tuple[float, int]]) -> None:
    assert LEAST <= after(history).value <= MOST


@settings(max_examples=100, deadline=None)
@given(looks)
def test_from_wherever_it_was_the_limit_is_back_within_a_second_at_ease(history: list[tuple[float, int]]) -> None:
    limit = after(history)
    for _ in range(LOOKS_PER_SECOND):
        limit.learn(0.0, refused=0)

    assert limit.value == MOST


def test_a_crowd_that_makes_the_process_late_shrinks_the_limit_to_its_least_within_a_dozen_looks() -> None:
    assert after([(TARGET * 10, 1)] * 12).value == LEAST


def test_who_is_late_for_a_moment_or_refuses_nobody_loses_nothing() -> None:
    assert after([(TARGET * 4, 1), *[(0.0, 1)] * 20]).value == MOST
    assert after([(TARGET * 10, 0)] * 100).value == MOST


def test_a_look_without_a_refusal_in_the_middle_of_a_crowd_hardly_lets_anybody_more_in() -> None:
    crowd = [(TARGET * 10, 1)] * 12

    assert after([*crowd, *[*[(0.0, 0)] * 9, (0.0, 1)] * 10]).value < LEAST + 5


def test_a_process_that_others_make_late_takes_a_crowd_again_once_nobody_is_refused() -> None:
    assert after([*[(TARGET * 10, 1)] * 12, *[(TARGET * 10, 0)] * LOOKS_PER_SECOND]).value == MOST


@settings(max_examples=100, deadline=None)
@given(looks, st.integers(0, MOST))
def test_what_matters_more_is_let_in_whenever_the_other_is(history: list[tuple[float, int]], inside: int) -> None:
    door = make_door(after(history))
    door.inside = inside
    allowed = [let_in(door, leaving=leaving) for leaving in (3, 2, 1, 0)]

    assert allowed == sorted(allowed)


@pytest.fixture
def door() -> Door:
    return make_door(make_limit())


def let_in(door: Door, *, leaving: int = 0) -> bool:
    try:
        door.enter(leaving=leaving)
    except Overloaded:
        return False
    return True


def test_whoever_finds_the_limit_reached_is_refused_at_once_until_somebody_leaves(door: Door) -> None:
    assert [let_in(door, leaving=2) for _ in range(MOST)] == [True] * (MOST - 2) + [False] * 2
    assert [let_in(door) for _ in range(3)] == [True, True, False]
    assert seconds_of(lambda: let_in(door)) < 0.05

    door.leave()
    assert (let_in(door, leaving=1), let_in(door)) == (False, True)


def test_a_crowd_leaves_nothing_behind(door: Door) -> None:
    def work(_number: int) -> bool:
        came_in = let_in(door, leaving=1)
        time.sleep(0.001)
        if came_in:
            door.leave()
        return came_in

    with ThreadPoolExecutor(MOST * 2) as crowd:
        came_in = list(crowd.map(work, range(1000)))

    assert any(came_in)
    assert door.inside == 0


def test_what_was_refused_is_logged_once_in_ten_seconds(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    door.inside = MOST
    for _ in range(3):
        let_in(door)
        let_in(door)
        door.look(0.0)

    told: list[Any] = [record for record in caplog.records if record.getMessage() == "resilience.overloaded"]
    assert [(each.fields["refused"], each.fields["inside"], each.fields["limit"]) for each in told] == [(2, MOST, MOST)]


@pytest.fixture
def busy() -> Iterator[Callable[[], None]]:
    """Have threads fight for the interpreter, as a crowd does; give what ends it."""
    over = threading.Event()

    def burn() -> None:
        while not over.is_set():
            sum(range(1000))

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(burn)
        yield over.set
        over.set()


def test_a_door_that_is_watched_sees_that_threads_fight_for_the_interpreter(
    door: Door, busy: Callable[[], None]
) -> None:
    door.inside = MOST
    door.watch()

    assert comes(lambda: not let_in(door) and door.limit.value == LEAST)
    busy()
    assert comes(lambda: door.limit.value > LEAST)


@pytest.fixture
def resting() -> Iterator[Door]:
    """Have all threads of a server that may do so rest at its door, two others being inside; give the door."""
    door = make_door(after([(TARGET * 10, 1)] * 12))
    let_in(door)
    let_in(door)
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(THREADS):
            pool.submit(door.rest)
        yield door
        while door.resting:
            door.look(0.0)


def test_all_threads_rest_but_those_inside_and_one(resting: Door) -> None:
    assert comes(lambda: resting.resting == THREADS - 3)
    assert not resting.may_rest()
    assert seconds_of(resting.rest) < 1


def test_whoever_comes_in_wakes_the_next_to_take_what_comes_then(resting: Door) -> None:
    for came_in in range(LEAST - 2):
        assert comes(lambda: resting.resting == THREADS - 3 - came_in)  # noqa: B023  called at once
        let_in(resting)

    assert comes(lambda: resting.resting == THREADS - LEAST - 1)


def test_who_has_rested_for_the_shortest_time_is_woken_first() -> None:
    door, woken = make_door(make_limit()), list[int]()

    def rest(number: int) -> None:
        door.rest()
        woken.append(number)

    with ThreadPoolExecutor(3) as pool:
        for number in range(3):
            pool.submit(rest, number)
            assert comes(lambda: door.resting == number + 1)  # noqa: B023  called at once
        for number in range(3):
            door.look(0.0)
            assert comes(lambda: len(woken) == number + 1)  # noqa: B023  as above

    assert woken == [2, 1, 0]


def test_threads_wake_where_nobody_is_left_to_refuse(resting: Door) -> None:
    assert comes(lambda: resting.resting == THREADS - 3)
    for _ in range(THREADS * 2):
        resting.look(0.0)

    assert comes(lambda: not resting.resting, seconds=5)  # by itself each wakes after ten


def comes(is_there: Callable[[], bool], *, seconds: float = 30) -> bool:
    """Wait for what comes within so many seconds."""
    until = time.monotonic() + seconds
    while not is_there() and time.monotonic() < until:
        time.sleep(0.01)
    return is_there()
