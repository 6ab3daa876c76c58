"""The metrics of the platform keep to the rules of naming."""

from __future__ import annotations

import re

from novapulse.telemetry import catalogue
from novapulse.telemetry.catalogue import Kind

_MOST_OF_COMPANIES = 6


def test_names_and_labels_are_lower_case_words_with_points_and_a_meaning_is_a_sentence() -> None:
    for metric in catalogue.metrics():
        assert all(re.fullmatch(r"[a-z][a-z_]*(\.[a-z_]+)*", name) for name in (metric.name, *metric.labels)), metric
        assert metric.meaning.endswith("."), metric


def test_only_histograms_have_buckets_in_order_and_what_is_good_is_one_of_them() -> None:
    for metric in catalogue.metrics():
        assert bool(metric.buckets) == (metric.kind is Kind.HISTOGRAM), metric
        assert list(metric.buckets) == sorted(set(metric.buckets)), metric
        assert metric.good is None or metric.good in metric.buckets, metric


def test_companies_are_labels_of_few_metrics_and_never_a_dimension() -> None:
    of_companies = [metric for metric in catalogue.metrics() if "company" in metric.labels]

    assert 0 < len(of_companies) <= _MOST_OF_COMPANIES
    assert all(set(metric.dimensions) <= set(metric.labels) - {"company"} for metric in catalogue.metrics())
