"""What a company's whole export has to be before anything of it is written: each line good, and none of them twice.

The dry run of an import and the import itself ask the same, so that what the one has found good the other takes. It
reads the archive once for each file, and holds in memory what the lines are told apart by: keys, numbers, addresses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.auth import api as auth_api
from apps.work.domain import archives, company_rows
from apps.work.errors import BrokenArchive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from apps.auth.api import Foreseen

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """An archive that was found good: its manifest, and what becomes of the people in it."""

    manifest: Document
    people: Foreseen


@dataclass(slots=True)
class _Seen:
    """What the lines so far have named; nobody stands for a member who is not there any more."""

    members: set[str | None]
    next_numbers: dict[str, int] = field(default_factory=dict)
    tasks: set[tuple[str, int]] = field(default_factory=set)
    external_keys: set[tuple[str, str]] = field(default_factory=set)


def checked(path: Path) -> Checked:
    """Read an archive whole, and change nothing. Raises BrokenArchive, OSError."""
    manifest = archives.checked(path)
    rows = [record for _, record in archives.records(path, name="members.ndjson")]
    try:
        people = auth_api.foresee_members(rows)
    except ValueError as error:
        raise BrokenArchive(f"members.ndjson: {error}.") from error
    seen = _Seen({None, *(row["email"] for row in rows)})
    for place, row in _lines(path, "projects.ndjson", checks=company_rows.PROJECT):
        if row["key"] in seen.next_numbers:
            raise BrokenArchive(f"{place}: there is a project {row['key']} before.")
        seen.next_numbers[row["key"]] = row["next_number"]
    for place, row in _lines(path, "tasks.ndjson", checks=company_rows.TASK):
        _check_task(row, seen=seen, place=place)
    for place, row in _lines(path, "comments.ndjson", checks=company_rows.COMMENT):
        _check_comment(row, seen=seen, place=place)
    return Checked(manifest, people)


def _lines(path: Path, name: str, *, checks: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    for line, record in archives.records(path, name=name):
        place = f"{name}, line {line}"
        yield place, company_rows.taken(record, checks=checks, place=place)


def _check_task(row: Document, *, seen: _Seen, place: str) -> None:
    key, number, external = row["project"], row["number"], row["external_key"]
    if key not in seen.next_numbers:
        raise BrokenArchive(f"{place}: {key} is not among the projects of the archive.")
    if number >= seen.next_numbers[key]:
        raise BrokenArchive(f"{place}: {key} has not come to the number {number} yet.")
    if (key, number) in seen.tasks or (external is not None and (key, external) in seen.external_keys):
        raise BrokenArchive(f"{place}: there is a task {key}-{number}, or one with its external_key, before.")
    seen.tasks.add((key, number))
    if external is not None:
        seen.external_keys.add((key, external))
    _check_people(row, ("assignee", "reporter"), seen=seen, place=place)


def _check_comment(row: Document, *, seen: _Seen, place: str) -> None:
    if (row["project"], row["task"]) not in seen.tasks:
        raise BrokenArchive(f"{place}: {row['project']}-{row['task']} is not in the archive.")
    _check_people(row, ("author",), seen=seen, place=place)


def _check_people(row: Document, names: tuple[str, ...], *, seen: _Seen, place: str) -> None:
    for name in names:
        if row[name] not in seen.members:
            raise BrokenArchive(f"{place}: {row[name]} is not among the members of the archive.")
