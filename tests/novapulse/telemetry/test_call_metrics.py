"""Calls to stores as metrics."""

from __future__ import annotations

import pytest

from novapulse.telemetry import call_metrics, calls, meter
from novapulse.telemetry.calls import Call


@pytest.mark.parametrize(
    ("call", "name", "key"),
    [
        (
            Call(calls.MONGODB, "find", "test-tasks", 0.02),
            "db.client.operation.duration",
            ("mongodb", "find", "test-tasks", ""),
        ),
        (
            Call(calls.REDIS, "decide", "test-gate", 0.02, "TimeoutError"),
            "db.client.operation.duration",
            ("redis", "decide", "test-gate", "TimeoutError"),
        ),
        (
            Call(calls.SQS, "SendMessage", "test-queue", 0.02),
            "messaging.client.operation.duration",
            ("SendMessage", "test-queue", ""),
        ),
        (Call(calls.HTTP, "POST", "", 0.02, "test-5xx"), "http.client.request.duration", ("POST", "test-5xx")),
    ],
)
def test_each_call_is_counted_once_by_its_operation_and_target(call: Call, name: str, key: tuple[str, ...]) -> None:
    call_metrics.measure(call)

    spread = next(family for family in meter.collect() if family.metric.name == name).spreads[key]
    assert (spread.count, spread.sum) == (1, 0.02)
