"""Tasks as exports write them; and that imports read all of it."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from apps.work.domain import export_rows, issue_files
from apps.work.domain.export_rows import Names
from apps.work.domain.issue_rows import IssueRow
from apps.work.enums import TaskPriority, TaskStatus

PROJECT, ANN = ObjectId(), ObjectId()
NAMES = Names({PROJECT: "APP"}, {ANN: "ann@acme.example"})

# What the API lets a task hold: no NUL, no lone surrogates, normal form C; titles, labels and keys are trimmed.
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=40), st.sampled_from(["=1+1", "'=x", "-", '"', '","', "\r\n", "\r", "a\n=b", "\ufeff"])
).map(lambda text: unicodedata.normalize("NFC", text))
WORDS = TEXTS.map(lambda text: text.strip()).filter(bool)
NO_COMMA = WORDS.map(lambda text: text.replace(",", ";"))


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    return task(
        title=draw(WORDS),
        description=draw(TEXTS),
        status=draw(st.sampled_from([status.value for status in TaskStatus])),
        priority=draw(st.sampled_from([priority.value for priority in TaskPriority])),
        assignee_id=draw(st.sampled_from([None, ANN])),
        labels=draw(st.lists(NO_COMMA, max_size=3, unique=True)),
        points=draw(st.none() | st.floats(0, 1000)),
        due_at=draw(st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=5000))),
        external_key=draw(NO_COMMA),
    )


def task(**values: Any) -> dict[str, Any]:
    moment = datetime(2026, 1, 31, 12, tzinfo=UTC)
    return {
        "_id": ObjectId(),
        "project_id": PROJECT,
        "number": 7,
        "title": "A task",
        "description": "",
        "status": "todo",
        "priority": "none",
        "assignee_id": None,
        "reporter_id": None,
        "labels": [],
        "points": None,
        "due_at": None,
        "external_key": None,
        "version": 1,
        "created_at": moment,
        "updated_at": moment,
        **values,
    }


def read(raw: bytes) -> list[Any]:
    return list(issue_files.read_issues(io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", "surrogateescape", newline="")))


@given(tasks())
def test_whatever_a_task_holds_is_written_as_csv_and_read_again(given_task: dict[str, Any]) -> None:
    raw = export_rows.csv_head() + export_rows.csv_lines([given_task], NAMES)

    assert read(raw) == [
        IssueRow(
            line=2,
            external_key=given_task["external_key"],
            title=given_task["title"],
            description=given_task["description"],
            points=given_task["points"],
            status=given_task["status"],
            priority=given_task["priority"],
            labels=tuple(given_task["labels"]),
            due_at=given_task["due_at"],
            assignee="" if given_task["assignee_id"] is None else "ann@acme.example",
        )
    ]


@given(tasks())
def test_no_cell_is_a_formula(given_task: dict[str, Any]) -> None:
    raw = export_rows.csv_lines([given_task], NAMES).decode()

    [cells] = csv.reader(io.StringIO(raw, newline=""))
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]


def test_task_without_a_key_is_named_by_its_project_and_number() -> None:
    assert export_rows.csv_lines([task()], NAMES) == b"APP-7,A task,,todo,none,,,,\r\n"


def test_points_are_written_as_short_as_can_be() -> None:
    lines = export_rows.csv_lines([task(points=3.0), task(points=0.5)], NAMES).decode().splitlines()

    assert [line.split(",")[7] for line in lines] == ["3", "0.5"]


def test_line_of_json_has_names_in_place_of_ids() -> None:
    [line] = export_rows.ndjson_lines([task(assignee_id=ANN, reporter_id=ObjectId())], NAMES).splitlines()

    found = json.loads(line)
    assert (found["project"], found["assignee"], found["reporter"]) == ("APP", "ann@acme.example", None)
    assert found["created_at"] == "2026-01-31T12:00:00.000Z"
    assert not {"_id", "id", "company_id", "location", "project_id"} & set(found)
