"""Lines of a whole export, read strictly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.work.domain import company_rows
from apps.work.errors import BrokenArchive

NOON = "2026-01-31T12:00:00.000Z"
TASK = {
    "project": "APP",
    "number": 1,
    "title": "A task",
    "description": "",
    "status": "todo",
    "priority": "none",
    "assignee": None,
    "reporter": "ann@acme.example",
    "labels": ["bug"],
    "points": 0.5,
    "due_at": None,
    "external_key": None,
    "version": 1,
    "created_at": NOON,
    "updated_at": NOON,
}


def taken(record: dict[str, Any]) -> dict[str, Any]:
    return company_rows.taken(record, checks=company_rows.TASK, place="tasks.ndjson, line 1")


def test_times_become_times_and_the_rest_stays() -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)

    assert taken(TASK) == {**TASK, "created_at": noon, "updated_at": noon}


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0},
        {"number": True},
        {"number": 2**63},
        {"title": None},
        {"title": {"$ne": None}},
        {"title": "x" * 501},
        {"title": "a\0"},
        {"status": "blocked"},
        {"status": []},
        {"labels": "bug"},
        {"labels": [1]},
        {"points": float("nan")},
        {"points": "5"},
        {"due_at": "soon"},
        {"created_at": None},
        {"assignee": 5},
        {"company_id": "x"},
    ],
)
def test_value_that_the_api_would_not_have_stored_is_refused_with_its_line(change: dict[str, Any]) -> None:
    with pytest.raises(BrokenArchive, match=rf"tasks.ndjson, line 1: {next(iter(change))} "):
        taken({**TASK, **change})


def test_missing_name_is_refused() -> None:
    with pytest.raises(BrokenArchive, match="version"):
        taken({name: value for name, value in TASK.items() if name != "version"})
