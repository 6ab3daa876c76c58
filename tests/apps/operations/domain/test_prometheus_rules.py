"""The rules of Prometheus: every name in them is one that the service tells."""

import json
import re

from apps.operations.domain import prometheus_rules
from apps.operations.domain.alarms import ALARMS
from apps.operations.domain.slos import BURNS, SLOS
from novapulse.telemetry import catalogue, prometheus
from novapulse.telemetry.catalogue import Kind

_WORDS = {"sum", "rate", "max", "by", "or", "and", "vector", "increase", "histogram_quantile", "le"}


def series() -> set[str]:
    """Give the names of all series that the service tells, and of their labels."""
    names: set[str] = set()
    for metric in catalogue.metrics():
        name = prometheus.name_of(metric)
        suffixes = ("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",)
        names |= {f"{name}{suffix}" for suffix in suffixes}
        names |= {prometheus.label_of(label) for label in metric.labels}
    return names


def unknown_in(expression: str) -> set[str]:
    """Give the names of an expression that are neither words of PromQL nor told by the service."""
    plain = re.sub(r'"[^"]*"|\[[^\]]*\]', "", expression)
    return set(re.findall(r"[a-z_][a-z0-9_]*", plain)) - _WORDS - series() - {"instance"}


def test_there_is_a_rule_for_each_alarm_and_two_for_each_level() -> None:
    text = prometheus_rules.text()

    assert text.count("- alert: ") == len(ALARMS) + len(SLOS) * len(BURNS)
    assert "> 0.0144 and " in text


def test_every_name_in_every_rule_is_told_by_the_service() -> None:
    expressions = re.findall(r"expr: (.*)", prometheus_rules.text())

    assert expressions
    assert {name for each in expressions for name in unknown_in(json.loads(each))} == set()


def test_brackets_match() -> None:
    for each in re.findall(r"expr: (.*)", prometheus_rules.text()):
        assert json.loads(each).count("(") == json.loads(each).count(")")
