"""CloudWatch's lines, held against its specification."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from opentelemetry.metrics import Observation

from novapulse.telemetry import catalogue, meter
from novapulse.telemetry.catalogue import Kind, Metric
from novapulse.telemetry.emf import Writer, quantile_of
from novapulse.telemetry.meter import Family, Spread
from tests.embedded import assert_valid

BASE = {"service": "novapulse", "environment": "test"}
COUNT = Metric("test.count", Kind.COUNTER, "{thing}", "Things.", labels=("who", "what"), dimensions=("what",))
SPREAD = Metric("test.spread", Kind.HISTOGRAM, "s", "Times.", buckets=(0.1, 0.5, 1.0), good=0.5)
GAUGE = Metric("test.gauge", Kind.GAUGE, "By", "Bytes.", labels=("who", "what"), dimensions=("what",))
OF_COMPANIES = Metric(
    "test.companies", Kind.COUNTER, "{thing}", "Things.", labels=("company",), properties=("company",)
)
_MOST_BYTES = 256 * 1024


@pytest.fixture
def writer() -> Writer:
    return Writer(namespace="NovaPulse", base=BASE)


def told(writer: Writer) -> list[dict[str, Any]]:
    lines = list(writer.lines(meter.collect(), at_ms=1_790_000_000_000))
    assert all(len(line.encode()) <= _MOST_BYTES and "\n" not in line for line in lines)
    return [json.loads(line) for line in lines]


def test_counters_are_told_by_what_came_up_under_their_dimensions_and_in_all(registered: Any, writer: Writer) -> None:
    registered(COUNT)
    for who, what in (("a", "x"), ("b", "x"), ("a", "y")):
        meter.counter(COUNT.name).add(1, {"who": who, "what": what})
    first = told(writer)
    meter.counter(COUNT.name).add(5, {"who": "a", "what": "x"})
    second, third = told(writer), told(writer)

    assert {line["what"]: line["test.count"] for line in first} == {"x": 2, "y": 1}
    assert first[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[*BASE], [*BASE, "what"]]
    assert [(line["what"], line["test.count"]) for line in second] == [("x", 5)]
    assert third == []


def test_a_histogram_is_told_by_count_sum_quantiles_and_what_was_good(registered: Any, writer: Writer) -> None:
    registered(SPREAD)
    for value in (0.05, 0.05, 0.3, 2.0):
        meter.histogram(SPREAD.name).record(value)
    told(writer)
    for value in (0.2, 0.2, 0.4, 3.0):
        meter.histogram(SPREAD.name).record(value)

    (line,) = told(writer)
    assert (line["test.spread.count"], line["test.spread.sum"], line["test.spread.good"]) == (4, 3.8, 3)
    assert 0.1 < line["test.spread.p50"] < 0.5
    assert line["test.spread.p99"] == 1.0


def test_a_gauge_is_told_under_its_dimensions_only_by_its_largest(registered: Any, writer: Writer) -> None:
    registered(GAUGE)
    values = [("a", "x", 1), ("b", "x", 7)]
    meter.observe(GAUGE.name, lambda: [Observation(value, {"who": who, "what": what}) for who, what, value in values])

    (line,) = told(writer)
    assert line["test.gauge"] == 7
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[*BASE, "what"]]


def test_a_company_is_a_property_and_never_a_dimension(registered: Any, writer: Writer) -> None:
    registered(OF_COMPANIES)
    for company in ("a", "b"):
        meter.counter(OF_COMPANIES.name).add(1, {"company": company})

    lines = told(writer)
    assert {line["company"] for line in lines} == {"a", "b"}
    assert all(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[*BASE]] for line in lines)


def test_a_counter_that_began_anew_is_told_by_what_it_is(writer: Writer) -> None:
    for number, gained in ((5.0, 5), (2.0, 2), (3.0, 1)):
        (line,) = writer.lines([Family(COUNT, {("a", "x"): number}, {})], at_ms=1)
        assert json.loads(line)["test.count"] == gained


def test_nothing_is_kept_of_series_that_have_ended(writer: Writer) -> None:
    for number in range(1_000):
        list(writer.lines([Family(OF_COMPANIES, {(f"company-{number}",): 1.0}, {})], at_ms=1))

    assert [len(numbers) for numbers in writer._since._numbers.values()] == [1]


def test_every_line_of_everything_there_is_is_valid(writer: Writer) -> None:
    chance = random.Random(6)  # noqa: S311  values, no secrets
    families = []
    for metric in catalogue.metrics():
        keys = [tuple(f"{label}-{number}" for label in metric.labels) for number in range(130)]
        spreads = {key: Spread([chance.randrange(9) for _ in range(len(metric.buckets) + 1)], 1.0) for key in keys}
        numbers = {key: chance.randrange(1, 9) for key in keys}
        is_spread = metric.kind is Kind.HISTOGRAM
        families.append(Family(metric, {} if is_spread else numbers, spreads if is_spread else {}))
    lines = [json.loads(line) for line in writer.lines(families, at_ms=1_790_000_000_000)]

    assert len(lines) > 130
    for line in lines:
        assert_valid(line)


def test_a_line_has_a_hundred_metrics_at_the_most(writer: Writer) -> None:
    plain = [Metric(f"test.many.n{number}", Kind.GAUGE, "1", "One.") for number in range(250)]
    lines = [json.loads(line) for line in writer.lines([Family(each, {(): 1.0}, {}) for each in plain], at_ms=1)]

    assert [len(line["_aws"]["CloudWatchMetrics"][0]["Metrics"]) for line in lines] == [100, 100, 50]
    for line in lines:
        assert_valid(line)


@pytest.mark.parametrize(
    ("counts", "quantile", "value"),
    [([4, 0, 0, 0], 0.5, 0.05), ([0, 4, 0, 0], 1.0, 0.5), ([0, 0, 0, 4], 0.5, 1.0), ([1, 0, 3, 0], 0.5, 0.666667)],
)
def test_a_quantile_lies_within_its_bucket_as_in_prometheus(counts: list[int], quantile: float, value: float) -> None:
    assert quantile_of(Spread(counts), quantile, bounds=(0.1, 0.5, 1.0)) == value
