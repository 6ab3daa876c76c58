"""The line of a slow request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.resilience.domain import slow_requests
from apps.resilience.domain.slow_requests import Asked
from novapulse.resilience.account import Account

if TYPE_CHECKING:
    import pytest


def test_it_tells_where_the_time_went_and_null_for_what_nobody_knows(caplog: pytest.LogCaptureFixture) -> None:
    spent = Account(slow_seconds=1)
    spent.database_commands, spent.database_seconds = 3, 1.2345
    spent.redis_commands, spent.redis_seconds = 1, 0.0021
    slow_requests.report(Asked("GET", "api/v1/tasks", 200, "c0"), total_seconds=1.5, spent=spent)

    record: Any = caplog.records[-1]
    assert record.getMessage() == "http.slow_request"
    assert record.fields == {
        "method": "GET",
        "route": "api/v1/tasks",
        "status": 200,
        "company_id": "c0",
        "total_ms": 1500.0,
        "database_ms": 1234.5,
        "database_commands": 3,
        "redis_ms": 2.1,
        "redis_commands": 1,
        "external_ms": 0.0,
        "queue_ms": None,
    }
