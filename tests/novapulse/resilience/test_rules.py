"""The figures of a breaker."""

from __future__ import annotations

from novapulse.resilience.rules import Rules


def test_the_time_that_it_stays_open_doubles_up_to_the_longest() -> None:
    assert [Rules().open_seconds(times=times) for times in range(6)] == [5, 10, 20, 40, 60, 60]


def test_a_thousand_failed_probes_are_no_sum_that_overflows() -> None:
    assert Rules().open_seconds(times=100_000) == 60
