"""Tasks: made, read, changed, deleted together with their comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.observability import api as observability_api
from apps.work.documents import Comment, Task
from apps.work.domain import announced, audited, bulk_create, guarded, numbers
from apps.work.enums import CLOSED
from apps.work.errors import ExternalKeyTaken, UnknownMember
from novapulse import context
from novapulse.data import events, transaction
from novapulse.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bson import ObjectId

    from apps.work.domain.bulk_create import NewTask

Document = dict[str, Any]


def create(new: NewTask, *, project_id: ObjectId) -> Document:
    """Make a task that whoever asks reports, inside the caller's transaction: three commands, four with an assignee.

    Raises UnknownProject, ProjectArchived, UnknownMember, ExternalKeyTaken.
    """
    _require_member(new.assignee_id)
    number = numbers.reserve(project_id)
    reporter_id = context.principal().membership_id
    document = bulk_create.document_of(new, number=number, project_id=project_id, reporter_id=reporter_id)
    try:
        Task.collection().insert_one(document)
    except DuplicateKeyError as error:
        raise ExternalKeyTaken from error
    observability_api.tasks_created()
    events.tell(lambda: [announced.task_created(document)])
    audit_api.record([audited.new(Action.TASK_CREATED, document)])
    return document


def one(task_id: ObjectId, *, names: Iterable[str] | None = None) -> Document:
    """Read a task: one command. names: of stored fields; None for all. Raises NotFound."""
    projection = None if names is None else dict.fromkeys(names, 1)
    document = Task.collection().find_one({"_id": task_id}, projection)
    if document is None:
        raise NotFound
    return document


def update(task_id: ObjectId, *, changes: Mapping[str, Any], version: int) -> Document:
    """Change a task: two commands in a transaction, one more for a new assignee, one more where nothing was found.

    Raises NotFound, PreconditionFailed, UnknownMember, ExternalKeyTaken.
    """
    _require_member(changes.get("assignee_id"))
    tasks, selector = Task.collection(), {"_id": task_id, "version": version}
    try:
        document = guarded.update(tasks, selector, changes=changes, told=_tell_updated)
    except DuplicateKeyError as error:
        raise ExternalKeyTaken from error
    if document is None:
        raise guarded.absence(tasks, task_id)
    return document


def delete(task_id: ObjectId, *, version: int) -> None:
    """Delete a task and all that was said about it, in one transaction of three commands.

    Raises NotFound, PreconditionFailed.
    """

    def work() -> None:
        tasks = Task.collection()
        task = tasks.find_one_and_delete({"_id": task_id, "version": version}, {"project_id": 1})
        if task is None:
            raise guarded.absence(tasks, task_id)
        comments = Comment.collection().delete_many({"task_id": task_id}).deleted_count
        events.tell(lambda: [announced.task_deleted(task)])
        audit_api.record([Entry(Action.TASK_DELETED, task_id, details={"comments": comments})])

    transaction.run(work)


def _tell_updated(before: Document, after: Document) -> None:
    events.tell(lambda: [announced.task_updated(after)])
    audit_api.record([audited.changed(Action.TASK_UPDATED, before, after)])
    if after["status"] in CLOSED and before["status"] not in CLOSED:
        observability_api.tasks_closed()


def _require_member(assignee_id: ObjectId | None) -> None:
    if assignee_id is not None and not auth_api.active_members([assignee_id]):
        raise UnknownMember
