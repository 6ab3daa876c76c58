"""New tasks, one or many: numbers in a block, documents in one insert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.audit import api as audit_api
from apps.audit.api import Action
from apps.observability import api as observability_api
from apps.work.documents import Task
from apps.work.domain import announced, audited, numbers
from apps.work.enums import TaskPriority, TaskStatus
from novapulse import clock
from novapulse.data import events, transaction

if TYPE_CHECKING:
    from datetime import datetime

    from bson import ObjectId

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewTask:
    """What somebody says about a task that is to be: values that were checked before (see the contract)."""

    title: str
    description: str = ""
    status: str = TaskStatus.TODO.value
    priority: str = TaskPriority.NONE.value
    assignee_id: ObjectId | None = None
    labels: tuple[str, ...] = ()
    points: float | None = None
    due_at: datetime | None = None
    external_key: str | None = None


def insert_tasks(rows: list[NewTask], *, project_id: ObjectId, reporter_id: ObjectId | None) -> list[Document]:
    """Insert tasks into one project, all or none, and give their documents in the same order: three commands.

    It joins the transaction around it, or makes its own. Assignees are not looked up.

    Raises UnknownProject, ProjectArchived; pymongo's BulkWriteError where an external_key is taken.
    """

    def insert() -> list[Document]:
        first = numbers.reserve(project_id, count=len(rows))
        documents = [
            document_of(row, number=first + place, project_id=project_id, reporter_id=reporter_id)
            for place, row in enumerate(rows)
        ]
        Task.collection().insert_many(documents)
        observability_api.tasks_created(len(documents))
        events.tell(lambda: map(announced.task_created, documents))
        audit_api.record(audited.new(Action.TASK_CREATED, each) for each in documents)
        return documents

    return transaction.run(insert) if rows else []


def document_of(row: NewTask, *, number: int, project_id: ObjectId, reporter_id: ObjectId | None) -> Document:
    """Give the document of a new task, as it is stored."""
    now = clock.now()
    return {
        "number": number,
        "project_id": project_id,
        "title": row.title,
        "description": row.description,
        "status": row.status,
        "priority": row.priority,
        "assignee_id": row.assignee_id,
        "reporter_id": reporter_id,
        "labels": list(row.labels),
        "points": row.points,
        "due_at": row.due_at,
        "external_key": row.external_key,
        "comments_written": 0,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
