"""Tasks as exports write them: without our ids, so that another company can take them in."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.auth import api as auth_api
from apps.work.documents import Project
from apps.work.domain import issue_cells
from apps.work.domain.issue_shapes import FIELDS
from novapulse.web import rendering

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bson import ObjectId

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What ids stand for outside: the key of a project, the e-mail address of a member."""

    projects: Mapping[ObjectId, str]
    people: Mapping[ObjectId, str]


def names_of(tasks: Iterable[Document]) -> Names:
    """Look up the names of all that these tasks refer to: three commands."""
    rows = list(tasks)
    found = Project.collection().find({"_id": {"$in": list({row["project_id"] for row in rows})}}, {"key": 1})
    people = {row[role] for row in rows for role in ("assignee_id", "reporter_id")} - {None}
    return Names({project["_id"]: project["key"] for project in found}, auth_api.emails_of_members(people))


def csv_head() -> bytes:
    """Give the header, which `issue_shapes` knows as ours."""
    return _csv([list(FIELDS)])


def csv_lines(tasks: Iterable[Document], names: Names) -> bytes:
    """Write tasks as CSV (RFC 4180) that imports read to the letter and no spreadsheet runs."""
    return _csv([[issue_cells.neutral(cell) for cell in _cells(task, names)] for task in tasks])


def ndjson_lines(tasks: Iterable[Document], names: Names) -> bytes:
    """Write tasks as JSON, one a line."""
    return b"".join(rendering.encode(record(task, names)) + b"\n" for task in tasks)


def record(task: Document, names: Names) -> Document:
    """Give all of a task but its id."""
    return {
        "project": names.projects[task["project_id"]],
        "number": task["number"],
        "title": task["title"],
        "description": task["description"],
        "status": task["status"],
        "priority": task["priority"],
        "assignee": names.people.get(task["assignee_id"]),
        "reporter": names.people.get(task["reporter_id"]),
        "labels": task["labels"],
        "points": task["points"],
        "due_at": task["due_at"],
        "external_key": task["external_key"],
        "version": task["version"],
        "created_at": task["created_at"],
        "updated_at": task["updated_at"],
    }


def _cells(task: Document, names: Names) -> list[str]:
    """Give the cells in the order of `FIELDS`; a task without a key gets one that says where it comes from."""
    key = task["external_key"] or f"{names.projects[task['project_id']]}-{task['number']}"
    return [
        key,
        task["title"],
        task["description"],
        task["status"],
        task["priority"],
        names.people.get(task["assignee_id"]) or "",
        ",".join(task["labels"]),
        _number(task["points"]),
        "" if task["due_at"] is None else rendering.instant(task["due_at"]),
    ]


def _number(points: float | None) -> str:
    if points is None:
        return ""
    return str(int(points)) if float(points).is_integer() else repr(float(points))


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
