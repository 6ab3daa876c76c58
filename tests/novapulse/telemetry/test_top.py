"""Who asks most."""

from __future__ import annotations

import random
from collections import Counter

from novapulse.telemetry.top import OTHER, PLACES, WINDOW_SECONDS, Top

MANY = 10_000


class Time:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def total(top: Top) -> float:
    return sum(totals[0] for totals in top.totals().values())


def test_as_long_as_there_is_room_each_has_a_place() -> None:
    top = Top(figures=2)
    for name in ("a", "b", "a"):
        top.add(name, (1, 0.5))

    assert top.totals() == {"a": (2, 1.0), "b": (1, 0.5), OTHER: (0, 0)}


def test_of_many_the_heaviest_have_places_after_a_minute_and_no_total_is_lost() -> None:
    time, chance = Time(), random.Random(6)  # noqa: S311  no secrets
    top = Top(figures=1, now=time)
    names = [f"light-{number}" for number in range(MANY)] + [f"heavy-{number % PLACES}" for number in range(MANY)]
    chance.shuffle(names)
    for name in names:
        top.add(name, (1,))
    assert (len(top.totals()), total(top)) == (PLACES + 1, 2 * MANY)

    time.now += WINDOW_SECONDS + 1
    before = top.totals()
    for name in names:
        top.add(name, (1,))
    gained = {name: totals[0] - before.get(name, (0,))[0] for name, totals in top.totals().items()}
    asked = Counter(names)
    assert {name: gain for name, gain in gained.items() if gain and name != OTHER} == {
        name: count for name, count in asked.items() if name.startswith("heavy")
    }
    assert gained[OTHER] == MANY


def test_ten_thousand_that_change_all_the_time_have_a_hundred_series_at_the_most() -> None:
    time, most = Time(), 0
    top = Top(figures=1, now=time)
    for minute in range(10):
        for number in range(MANY // 10):
            top.add(f"{minute}-{number}", (1,))
        most = max(most, len(top.totals()))
        time.now += WINDOW_SECONDS + 1

    assert most <= 2 * PLACES + 1
    assert len(top._sketch) <= 500


def test_who_has_lost_a_place_is_shown_for_a_window_more() -> None:
    time = Time()
    top = Top(figures=1, now=time)
    top.add("early", (1,))
    time.now += WINDOW_SECONDS + 1
    for number in range(PLACES):
        top.add(f"late-{number}", (1,))
        top.add(f"late-{number}", (1,))
    time.now += WINDOW_SECONDS + 1
    assert top.totals()["early"] == (1,)
    time.now += WINDOW_SECONDS + 1
    assert "early" not in top.totals()
