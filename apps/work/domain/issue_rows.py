"""A row of an issue tracker's export as it was understood, and what is to be said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.work.enums import TaskPriority, TaskStatus

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be said about a line of the file; line 0 is the file itself."""

    line: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class BadRow(Remark):
    """A row that was not taken, and why."""


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One issue of the file; `line` is where it begins, 1 being the header.

    `assignee` is an e-mail address, or however else the tracker calls somebody; empty for nobody. `remarks` tell what
    of the row was left out.
    """

    line: int
    external_key: str
    title: str
    description: str = ""
    points: float | None = None
    status: str = TaskStatus.TODO.value
    priority: str = TaskPriority.NONE.value
    labels: tuple[str, ...] = ()
    due_at: datetime | None = None
    assignee: str = ""
    remarks: tuple[Remark, ...] = ()
