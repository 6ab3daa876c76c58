"""Counting over the last ten seconds."""

from __future__ import annotations

from novapulse.resilience.window import Totals, Window


def test_what_happened_within_ten_seconds_adds_up() -> None:
    window = Window()
    window.add(100.0)
    window.add(104.9, failures=1)
    window.add(109.9, failures=1, slow=1)

    assert window.totals(109.9) == Totals(calls=3, failures=2, slow=1)


def test_what_is_older_goes_second_by_second() -> None:
    window = Window()
    for second in range(10):
        window.add(100.0 + second, failures=1)

    assert [window.totals(now).calls for now in (109.0, 110.0, 113.0, 118.0, 119.0)] == [10, 9, 6, 1, 0]


def test_a_long_silence_leaves_nothing() -> None:
    window = Window()
    window.add(100.0)

    assert window.totals(1_000_000.0).calls == 0


def test_a_call_that_reads_the_clock_earlier_but_counts_later_is_not_lost() -> None:
    window = Window()
    window.add(101.0)
    window.add(100.9)

    assert window.totals(101.0).calls == 2
