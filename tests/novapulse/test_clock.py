"""Time."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from novapulse import clock


def test_now_is_in_utc_to_the_millisecond() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)  # noqa: TID251  what the clock is compared with
    moment = clock.now()
    after = datetime.now(UTC)  # noqa: TID251  as above

    assert moment.tzinfo is UTC
    assert moment.microsecond % 1000 == 0
    assert before <= moment <= after


def test_epoch_seconds_are_whole() -> None:
    assert abs(clock.epoch_seconds() - time.time()) <= 10  # noqa: TID251  what the clock is compared with


def test_monotonic_never_runs_backwards() -> None:
    readings = [clock.monotonic() for _ in range(1000)]

    assert readings == sorted(readings)


def test_a_reading_of_the_monotonic_clock_becomes_a_time_of_day() -> None:
    read = clock.nanoseconds_at_zero() / 1e9 + clock.monotonic()

    assert abs(read - time.time()) <= 10  # noqa: TID251  what the clock is compared with


def test_a_shift_holds_inside_the_block_and_adds_up() -> None:
    with clock.shifted(timedelta(hours=1)), clock.shifted(timedelta(minutes=30)):
        inside = clock.now()

    assert timedelta(minutes=89) < inside - clock.now() < timedelta(minutes=91)


def test_a_shift_ends_with_its_block_when_that_fails() -> None:
    with pytest.raises(ZeroDivisionError), clock.shifted(timedelta(days=1)):
        raise ZeroDivisionError

    assert abs(clock.epoch_seconds() - time.time()) <= 10  # noqa: TID251  what the clock is compared with
