"""What has come up since the last time."""

from __future__ import annotations

from novapulse.telemetry.catalogue import Kind, Metric
from novapulse.telemetry.meter import Family, Spread
from novapulse.telemetry.since import Since

COUNT = Metric("test.count", Kind.COUNTER, "{thing}", "Things.", labels=("who",))
SPREAD = Metric("test.spread", Kind.HISTOGRAM, "s", "Times.", labels=("who",), buckets=(0.1, 1.0))


def counted(**numbers: float) -> Family:
    return Family(COUNT, {(who,): number for who, number in numbers.items()}, {})


def spread(*counts: int) -> Family:
    return Family(SPREAD, {}, {("a",): Spread([*counts], float(sum(counts)))})


def test_only_what_has_come_up_is_told() -> None:
    since = Since()

    assert since.gained(counted(a=3, b=1)) == {("a",): 3, ("b",): 1}
    assert since.gained(counted(a=5, b=1)) == {("a",): 2, ("b",): 0}


def test_what_is_less_than_it_was_has_begun_anew() -> None:
    since = Since()
    since.gained(counted(a=10))
    since.spreads(spread(5, 5, 5))

    assert since.gained(counted(a=4)) == {("a",): 4}
    assert since.spreads(spread(1, 0, 0))["a",].counts == [1, 0, 0]


def test_spreads_are_told_bucket_by_bucket() -> None:
    since = Since()
    since.spreads(spread(1, 2, 0))

    assert since.spreads(spread(1, 4, 1)) == {("a",): Spread([0, 2, 1], 3.0)}


def test_each_reader_hears_everything() -> None:
    one, other = Since(), Since()
    one.gained(counted(a=3))

    assert other.gained(counted(a=3)) == {("a",): 3}
