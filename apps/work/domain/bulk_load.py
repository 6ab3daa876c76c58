"""Much data at once: projects and tasks with their comments, as whoever fills a company has made them up.

No event is told and the audit hears nothing: whoever calls tells how many there are. Nothing is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.work.documents import Comment, Project, Task
from apps.work.domain import bulk_create
from apps.work.enums import ProjectStatus
from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from apps.work.domain.bulk_create import NewTask


@dataclass(frozen=True, slots=True)
class LoadedProject:
    """A project with so many tasks, whose numbers are 1 and so on."""

    key: str
    name: str
    tasks: int


@dataclass(frozen=True, slots=True)
class LoadedComment:
    """What somebody, by their membership, has said."""

    author_id: ObjectId
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LoadedTask:
    """A task that is made with its number, its times and its comments."""

    new: NewTask
    project_id: ObjectId
    number: int
    reporter_id: ObjectId
    created_at: datetime
    updated_at: datetime
    comments: tuple[LoadedComment, ...] = ()


def load_projects(rows: Iterable[LoadedProject]) -> list[ObjectId]:
    """Insert projects into the bound company and give their ids in the same order: one command."""
    now = clock.now()
    documents = [
        {
            "key": row.key,
            "name": row.name,
            "description": "",
            "status": ProjectStatus.ACTIVE.value,
            "next_number": row.tasks + 1,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        for row in rows
    ]
    return list(Project.collection().insert_many(documents).inserted_ids)


def load_tasks(rows: Iterable[LoadedTask]) -> int:
    """Insert tasks with their comments into the bound company; give how many documents that were: two commands."""
    tasks: list[dict[str, Any]] = []
    comments: list[dict[str, Any]] = []
    for row in rows:
        task = _task(row)
        tasks.append(task)
        comments += [_comment(each, task_id=task["_id"]) for each in row.comments]
    for document, found in ((Task, tasks), (Comment, comments)):
        if found:
            document.collection().insert_many(found, ordered=False)
    return len(tasks) + len(comments)


def _task(row: LoadedTask) -> dict[str, Any]:
    stored = bulk_create.document_of(row.new, number=row.number, project_id=row.project_id, reporter_id=row.reporter_id)
    own = {"_id": ObjectId(), "comments_written": len(row.comments)}
    return {**stored, **own, "created_at": row.created_at, "updated_at": row.updated_at}


def _comment(comment: LoadedComment, *, task_id: ObjectId) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "author_id": comment.author_id,
        "body": comment.body,
        "version": 1,
        "created_at": comment.at,
        "updated_at": comment.at,
    }
