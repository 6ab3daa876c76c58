"""Reading what all processes have told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from apps.observability.domain import pulse, pulse_reading
from novapulse import clock
from novapulse.data import tallies
from novapulse.data.tallies import Tallies
from tests import tallying

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def far_away() -> Iterator[None]:
    """Be at a time of which no process tells."""
    tallying.forget()
    with clock.shifted(timedelta(days=3_650)):
        yield


def latest() -> int:
    return pulse.slot_of(clock.now().timestamp() - pulse.LATEST_SECONDS) - 1


def test_a_quarter_of_an_hour_is_there_with_the_latest_last() -> None:
    slot = latest()
    tallies.add(Tallies({f"all:{slot}": {"processes": 3, "2xx": 40, "5xx": 10, "0": 50}}))
    moments = pulse_reading.moments()

    assert len(moments) == pulse_reading.SHOWN_SLOTS
    last = next(each for each in reversed(moments) if each.processes)
    assert (last.processes, last.per_second, last.requests.failed) == (3, 5.0, 10)
    assert last.at.timestamp() == (slot + 1) * pulse.SLOT_SECONDS


def test_ten_seconds_of_which_nobody_has_told_are_known_as_such() -> None:
    assert {each.processes for each in pulse_reading.moments()} == {0}


def test_what_is_not_over_is_not_shown() -> None:
    under_way = pulse.slot_of(clock.now().timestamp())
    tallies.add(Tallies({f"all:{under_way + 1}": {"processes": 1}, f"all:{under_way + 2}": {"processes": 1}}))

    assert {each.processes for each in pulse_reading.moments()} == {0}


def test_quantiles_are_those_of_all_processes_together() -> None:
    slot = latest()
    for quick, slow in ((90, 0), (0, 10)):  # one process is quick, the other slow
        tallies.add(Tallies({f"all:{slot}": {"processes": 1, "0": quick, "9": slow}}))
    found = pulse_reading.together(pulse_reading.moments())

    assert found.count == 100
    assert (found.seconds(0.5) or 0) < 0.005
    assert (found.seconds(0.99) or 0) > 0.75


def test_routes_are_added_up_over_the_minutes() -> None:
    minute = pulse.slot_of(clock.now().timestamp()) // pulse.MINUTE
    tallies.add(Tallies({f"routes:{minute - each}": {"GET a|0": 1, "GET a|5xx": 1} for each in (0, 3, 9)}))
    found = pulse_reading.routes()

    assert {route: (each.count, each.failed) for route, each in found.items()} == {"GET a": (2, 2)}


def test_the_busiest_company_comes_first() -> None:
    minute = pulse.slot_of(clock.now().timestamp()) // pulse.MINUTE
    for each in (minute - 1, minute):
        tallies.add(Tallies(rankings={f"requests:{each}": {"calm": 1, "busy": 7}, f"failed:{each}": {"calm": 1}}))

    assert [(each.company, each.count, each.failed) for each in pulse_reading.companies()] == [
        ("busy", 14, 0),
        ("calm", 2, 2),
    ]
