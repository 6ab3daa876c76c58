"""CloudWatch's embedded metric format, as its specification has it."""

from __future__ import annotations

from typing import Any

_UNITS = {"Seconds", "Bytes", "Count", "None"}


def assert_valid(line: dict[str, Any]) -> None:
    """Hold a line against the rules of CloudWatch_Embedded_Metric_Format_Specification."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert set(line["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    assert 1 <= len(directive["Namespace"]) <= 255
    assert 1 <= len(directive["Metrics"]) <= 100
    assert directive["Dimensions"]
    for dimensions in directive["Dimensions"]:
        assert len(dimensions) <= 30
        assert all(isinstance(line[name], str) and 1 <= len(line[name]) <= 255 for name in dimensions)
    names = [metric["Name"] for metric in directive["Metrics"]]
    assert len(set(names)) == len(names)
    assert all(type(line[name]) in {int, float} and 1 <= len(name) <= 255 for name in names)
    assert all(metric["Unit"] in _UNITS and set(metric) == {"Name", "Unit"} for metric in directive["Metrics"])
