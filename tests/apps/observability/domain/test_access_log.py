"""Every request leaves one line, which says how it ended and where its time went."""

from __future__ import annotations

import json
import timeit
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.observability.domain import access_log
from apps.observability.domain.finished import Finished
from novapulse import context
from novapulse.resilience import account
from novapulse.resilience.account import Account
from novapulse.telemetry import calls
from novapulse.telemetry.calls import Call
from tests.api import Api
from tests.lines import collected

Said = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said() -> Iterator[Said]:
    """Give the lines of requests since the last look."""
    with collected("novapulse.http") as lines:
        yield lines.taken


def test_a_request_leaves_one_line_of_what_was_asked_by_whom_and_how_it_ended(acme: Api, said: Said) -> None:
    acme.get("/tasks")
    said()
    acme.get("/tasks?status=todo", X_Request_ID="request-of-acme")
    (line,) = said()

    assert (line["event"], line["request_id"], line["route"]) == ("http.request", "request-of-acme", "api/v1/tasks")
    assert (line["method"], line["status"], line["outcome"], line["gate"]) == ("GET", 200, "done", "let_in")
    assert (line["company_id"], line["user_id"]) == (acme.company["id"], acme.user["id"])
    assert (line["database_commands"], line["redis_commands"]) == (1, 1)
    assert line["duration_ms"] >= line["database_ms"] + line["redis_ms"]
    assert line["units"] == 1
    assert "todo" not in json.dumps(line)


def test_a_refusal_names_its_problem_and_what_the_gate_said(acme: Api, said: Said) -> None:
    acme.get("/tasks/no-id")
    acme.post("/auth/logout")
    acme.get("/tasks")
    Api().get("/tasks")
    wrong, _, ended, unknown = said()

    assert (wrong["outcome"], wrong["status"], wrong["problem"]) == ("refused", 404, "not-found")
    assert (ended["status"], ended["problem"], ended["gate"]) == (401, "unauthenticated", "ended_credential")
    assert (unknown["status"], "gate" in unknown, "company_id" in unknown) == (401, False, False)


def test_health_is_told_of_only_where_it_fails(said: Said) -> None:
    Api().get("/health/live")
    trail = context.begin_request("request-1")
    access_log.note(Finished("GET", "health/ready", 503, 1.0, 1.1, trail, Account(slow_seconds=1)))

    assert [(line["status"], line["outcome"]) for line in said()] == [(503, "failed")]


def test_a_request_that_was_slow_or_has_failed_names_its_calls_to_stores(said: Said) -> None:
    spent = Account(slow_seconds=1)
    spent.calls.append(Call(calls.MONGODB, "find", "tasks", 0.9))
    trail = context.begin_request("request-1")
    for status, seconds in ((200, 0.5), (200, 1.0), (503, 0.5)):
        access_log.note(Finished("GET", "api/v1/tasks", status, 0.0, seconds, trail, spent))
    quick, slow, failed = said()

    assert "calls" not in quick
    assert slow["calls"] == [{"store": "mongodb", "operation": "find", "target": "tasks", "ms": 900.0}]
    assert failed["calls"] == slow["calls"]


def test_every_request_does_where_that_was_asked_for(acme: Api, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account._Telling, "of_all", True)
    acme.get("/tasks")
    said()
    acme.get("/tasks")
    (line,) = said()

    assert [(call["store"], call["operation"]) for call in line["calls"]] == [("redis", "decide"), ("mongodb", "find")]


def test_a_line_costs_next_to_nothing() -> None:
    trail = context.begin_request("request-1")
    finished = Finished("GET", "api/v1/tasks", 200, 1.0, 1.1, trail, Account(slow_seconds=1))
    seconds = min(timeit.repeat(lambda: access_log.note(finished), number=200, repeat=5)) / 200

    assert seconds < 0.001  # 30 us on a machine that does nothing else
