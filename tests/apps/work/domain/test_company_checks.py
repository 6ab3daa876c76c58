"""Whole exports, checked line by line before anything is written."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from apps.work.domain import archives, company_checks
from apps.work.errors import BrokenArchive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("database")

TIMES = {"version": 1, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
ANN = {"email": "ann@acme.example", "name": "Ann", "role": "owner", "kind": "person", "status": "active"}
APP = {"key": "APP", "name": "App", "description": "", "status": "active", "next_number": 3, **TIMES}
TASK: dict[str, Any] = {
    "project": "APP",
    "number": 1,
    "title": "One",
    "description": "",
    "status": "todo",
    "priority": "none",
    "assignee": None,
    "reporter": ANN["email"],
    "labels": [],
    "points": None,
    "due_at": None,
    "external_key": "EX-1",
    **TIMES,
}
WORD = {"project": "APP", "task": 1, "author": ANN["email"], "body": "A word", **TIMES}


def archive(path: Path, *files: Iterable[dict[str, Any]]) -> Path:
    """Write an archive whose manifest is right, whatever the lines are."""
    content = {
        name: b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        for name, rows in zip(archives.FILES, files, strict=True)
    }
    stated = [
        {"name": name, "sha256": sha256(data).hexdigest(), "bytes": len(data), "count": data.count(b"\n")}
        for name, data in content.items()
    ]
    company = {"name": "Acme", "slug": "acme", "country": "DE"}
    manifest = {"format": archives.FORMAT, "schema": archives.SCHEMA, "company": company, "files": stated}
    entries = {archives.MANIFEST: json.dumps(manifest).encode(), **content}.items()
    path.write_bytes(b"".join(archives.written(archives.Entry(name, len(data), [data]) for name, data in entries)))
    return path


def test_good_archive_gives_its_manifest_and_who_would_own_the_company(tmp_path: Path) -> None:
    other = {**TASK, "number": 2, "external_key": None}
    found = company_checks.checked(archive(tmp_path / "a", [ANN], [APP], [TASK, other], [WORD, WORD]))

    assert [each["count"] for each in found.manifest["files"]] == [1, 1, 2, 2]
    assert (found.people.owners, found.people.known) == ((ANN["email"],), 0)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (([ANN, ANN], [APP], [TASK], [WORD]), "the same address twice"),
        (([{"email": 1}], [APP], [], []), "not a member"),
        (([ANN], [APP, APP], [TASK], [WORD]), "line 2: there is a project APP before"),
        (([ANN], [APP], [TASK, {**TASK, "external_key": None}], []), "line 2: there is a task APP-1"),
        (([ANN], [APP], [TASK, {**TASK, "number": 2}], []), "or one with its external_key"),
        (([ANN], [APP], [{**TASK, "number": 3}], []), "has not come to the number 3"),
        (([ANN], [], [TASK], []), "APP is not among the projects"),
        (([ANN], [APP], [{**TASK, "assignee": "bob@acme.example"}], []), "bob@acme.example is not among the members"),
        (([ANN], [APP], [{**TASK, "title": "\ud800"}], []), "title is missing, unknown or not"),
        (([ANN], [APP], [TASK], [{**WORD, "task": 2}]), "APP-2 is not in the archive"),
        (([ANN], [APP], [TASK], [{**WORD, "author": "bob@acme.example"}]), "is not among the members"),
    ],
)
def test_bad_line_is_told(tmp_path: Path, files: tuple[list[dict[str, Any]], ...], sentence: str) -> None:
    with pytest.raises(BrokenArchive, match=sentence):
        company_checks.checked(archive(tmp_path / "a", *files))
