"""Comments: what people say about a task. One's own can be changed; deleting another's wants `comments.moderate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.work.documents import Comment, Task
from apps.work.domain import audited, guarded, tasks
from apps.work.errors import NotYourComment
from novapulse import clock, context
from novapulse.data import keyset, staleness, transaction
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed

if TYPE_CHECKING:
    from bson import ObjectId

    from novapulse.errors import Trouble

Document = dict[str, Any]

SORTS = {"created_at": keyset.Order("created_at"), "-created_at": keyset.Order("created_at", descending=True)}
DEFAULT_SORT = "created_at"


def create(task_id: ObjectId, *, body: str) -> Document:
    """Say something about a task, inside the caller's transaction: three commands.

    It writes the task, so that it collides with the deletion of the task instead of outliving it.

    Raises NotFound.
    """
    task = Task.collection().find_one_and_update({"_id": task_id}, {"$inc": {"comments_written": 1}}, {"_id": 1})
    if task is None:
        raise NotFound
    now = clock.now()
    document: Document = {
        "task_id": task_id,
        "author_id": context.principal().membership_id,
        "body": body,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    Comment.collection().insert_one(document)
    audit_api.record([Entry(Action.COMMENT_CREATED, document["_id"])])
    return document


def page(
    task_id: ObjectId, *, sort: str, limit: int, max_staleness_seconds: int = 0, after: keyset.Position | None = None
) -> keyset.Page:
    """Read one page of what was said about a task: one command, a second one where nothing was.

    Raises NotFound where there is no such task.
    """
    stored = staleness.relaxed(Comment.collection(), max_staleness_seconds=max_staleness_seconds)
    found = keyset.page(stored, walk(task_id, sort=sort, limit=limit), after=after)
    if not found.rows:
        tasks.one(task_id, names=["_id"])
    return found


def walk(task_id: ObjectId, *, sort: str, limit: int) -> keyset.Walk:
    """Say how the list is read: by which filter, order and index."""
    return keyset.Walk({"task_id": task_id}, SORTS[sort], limit, hint="task")


def update(comment_id: ObjectId, *, body: str | None, version: int) -> Document:
    """Change what one has said oneself: two commands in a transaction, or two where the first finds nothing.

    body: None leaves it as it is.

    Raises NotFound, NotYourComment, PreconditionFailed.
    """
    selector = {"_id": comment_id, "version": version, "author_id": context.principal().membership_id}
    changes = {} if body is None else {"body": body}
    document = guarded.update(Comment.collection(), selector, changes=changes, told=_tell_updated)
    if document is None:
        raise _absence(comment_id, selector=selector)
    return document


def delete(comment_id: ObjectId, *, version: int) -> None:
    """Delete a comment, one's own or with `comments.moderate` anybody's: two commands as above.

    Raises NotFound, NotYourComment, PreconditionFailed.
    """
    selector: Document = {"_id": comment_id, "version": version}
    if not auth_api.holds("comments.moderate"):
        selector["author_id"] = context.principal().membership_id

    def work() -> None:
        if Comment.collection().delete_one(selector).deleted_count == 0:
            raise _absence(comment_id, selector=selector)
        audit_api.record([Entry(Action.COMMENT_DELETED, comment_id)])

    transaction.run(work)


def _tell_updated(before: Document, after: Document) -> None:
    audit_api.record([audited.changed(Action.COMMENT_UPDATED, before, after)])


def _absence(comment_id: ObjectId, *, selector: Document) -> Trouble:
    comment = Comment.collection().find_one({"_id": comment_id}, {"author_id": 1})
    if comment is None:
        return NotFound()
    if comment["author_id"] != selector.get("author_id", comment["author_id"]):
        return NotYourComment()
    return PreconditionFailed()
