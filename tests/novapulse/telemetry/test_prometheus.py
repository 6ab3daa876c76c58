"""The text that Prometheus reads: parsed by its own client, named as OpenTelemetry's exporter names."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from novapulse.telemetry import catalogue, meter, prometheus
from novapulse.telemetry.catalogue import Kind, Metric

SPREAD = Metric("test.spread", Kind.HISTOGRAM, "s", "Times.", labels=("who.is",), buckets=(0.1, 1.0))
COUNT = Metric("test.count", Kind.COUNTER, "{thing}", "Things \\ and\nmore.", labels=("who",))


def parsed(text: str) -> dict[str, Any]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def told(process: str) -> prometheus.Telling:
    return prometheus.tell(meter.collect(), process=process)


def test_a_histogram_is_read_back_with_its_buckets_sum_and_count(registered: Any) -> None:
    registered(SPREAD)
    for value in (0.05, 0.5, 5.0):
        meter.histogram(SPREAD.name).record(value, {"who.is": "a"})

    samples = parsed(prometheus.text([told("1")]))["test_spread_seconds"].samples
    assert {(sample.name, sample.labels.get("le")): sample.value for sample in samples} == {
        ("test_spread_seconds_bucket", "0.1"): 1,
        ("test_spread_seconds_bucket", "1.0"): 2,
        ("test_spread_seconds_bucket", "+Inf"): 3,
        ("test_spread_seconds_sum", None): 5.55,
        ("test_spread_seconds_count", None): 3,
    }
    assert all(sample.labels["who_is"] == "a" and sample.labels["process"] == "1" for sample in samples)


def test_values_of_labels_and_meanings_may_have_any_character(registered: Any) -> None:
    registered(COUNT)
    meter.counter(COUNT.name).add(1, {"who": 'a"b\\c\nd,e="f"'})

    family = parsed(prometheus.text([told("1")]))["test_count"]
    assert family.samples[0].labels["who"] == 'a"b\\c\nd,e="f"'
    assert family.documentation == COUNT.meaning


def test_tellings_of_several_processes_come_family_by_family(registered: Any) -> None:
    registered(COUNT, SPREAD)
    meter.counter(COUNT.name).add(1, {"who": "a"})
    meter.histogram(SPREAD.name).record(1, {"who.is": "a"})
    text = prometheus.text([told("1"), told("2")])

    assert text.count("# TYPE") == 2
    assert [sample.labels["process"] for sample in parsed(text)["test_count"].samples] == ["1", "2"]


@pytest.mark.parametrize("metric", catalogue.metrics(), ids=lambda metric: metric.name)
def test_names_are_those_of_opentelemetrys_exporter(metric: Metric) -> None:
    registry = CollectorRegistry()
    theirs = MeterProvider([PrometheusMetricReader(True, registry=registry)]).get_meter("test")  # noqa: FBT003  their signature
    if metric.kind is Kind.HISTOGRAM:
        theirs.create_histogram(metric.name, unit=metric.unit).record(1)
    elif metric.kind is Kind.COUNTER:
        theirs.create_counter(metric.name, unit=metric.unit).add(1)
    else:
        theirs.create_gauge(metric.name, unit=metric.unit).set(1)

    ((name),) = {family.name for family in registry.collect()}
    ours = prometheus.name_of(metric)
    assert ours == (f"{name}_total" if metric.kind is Kind.COUNTER else name)
