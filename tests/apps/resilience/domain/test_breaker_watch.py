"""A process obeys the switches, and says how its breakers stand."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from pymongo.errors import PyMongoError

from apps.resilience.domain import breaker_switches, breaker_watch
from apps.resilience.domain.breaker_watch import BreakerWatch
from novapulse.resilience import registry
from novapulse.resilience.breaker import Breaker, CircuitOpen
from tests.lines import collected
from tests.waiting import wait_until

HOUR = timedelta(hours=1)


@pytest.fixture
def breaker(monkeypatch: pytest.MonkeyPatch) -> Breaker:
    """Give the breaker of a dependency that only this test has."""
    breaker = Breaker("s3")
    monkeypatch.setattr(registry, "_breakers", {"s3": breaker})
    return breaker


@pytest.fixture
def watch() -> BreakerWatch:
    return BreakerWatch()


def hold(state: str, length: timedelta = HOUR) -> None:
    breaker_switches.hold("s3", state=state, length=length, by="ann")


def test_what_is_held_open_refuses_and_what_is_let_go_passes(breaker: Breaker, watch: BreakerWatch) -> None:
    hold("open")
    watch.look()
    with pytest.raises(CircuitOpen):
        breaker.call(int)
    breaker_switches.release("s3", by="ann")
    watch.look()

    assert breaker.call(int) == 0


def test_what_is_held_closed_passes_whatever_it_meets(breaker: Breaker, watch: BreakerWatch) -> None:
    breaker.open()
    hold("closed")
    watch.look()
    for _ in range(30):
        with pytest.raises(ZeroDivisionError):
            breaker.call(divmod, 1, 0)

    assert breaker.current_state == "closed"


def test_a_switch_is_obeyed_once_and_not_begun_anew_with_each_look(breaker: Breaker, watch: BreakerWatch) -> None:
    hold("open", timedelta(minutes=1))
    watch.look()
    until = breaker._until
    watch.look()

    assert breaker._until == until


def test_a_process_that_starts_later_obeys_as_well(breaker: Breaker) -> None:
    hold("open")
    BreakerWatch().look()

    assert breaker.current_state == "open"


def test_a_change_is_written_down_once_and_nothing_while_all_is_well(breaker: Breaker, watch: BreakerWatch) -> None:
    watch.look()
    assert breaker_switches.reports() == []
    breaker.open()
    for _ in range(2):
        watch.look()
    first = breaker_switches.reports()
    breaker.reset()
    watch.look()

    assert [(each.name, each.state) for each in first] == [("s3", "open")]
    assert first[0].process.endswith(f":{os.getpid()}")
    assert [each.state for each in breaker_switches.reports()] == ["closed"]


@pytest.mark.usefixtures("no_mongodb")
def test_a_change_is_logged_once_though_mongodb_is_away(breaker: Breaker, watch: BreakerWatch) -> None:
    breaker.open()
    with collected("apps.resilience") as lines:
        for _ in range(2):
            with pytest.raises(PyMongoError):
                watch.look()

    assert [(each["breaker"], each["state"]) for each in lines.taken()] == [("s3", "open")]


def test_its_thread_looks_by_itself_and_goes_on_after_a_failure(
    breaker: Breaker, watch: BreakerWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker_watch, "LOOK_SECONDS", 0.02)
    read, failures = breaker_switches.switches, [ConnectionError()]
    monkeypatch.setattr(breaker_switches, "switches", lambda: _fail(failures.pop()) if failures else read())
    hold("open")
    watch._spawn()
    try:
        wait_until(lambda: breaker.current_state == "open")
    finally:
        watch.stop()
    assert failures == []


def _fail(error: Exception) -> None:
    raise error
