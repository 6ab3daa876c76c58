"""Writing what the rehearsal of a batch has led to, so that no write can fail."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.observability import api as observability_api
from apps.work.documents import Comment, Task
from apps.work.domain import announced, audited, numbers
from apps.work.enums import CLOSED
from novapulse.data import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bson import ObjectId

    from apps.work.domain.batch_ledger import Ledger
    from novapulse.data.events import Event

Document = dict[str, Any]


def write(ledger: Ledger) -> None:
    """Write the ledger, inside the caller's transaction; commands in number as in the module's steps.

    1. Delete tasks and their comments (two commands). This and 2 make room for the external keys of 3 and 4.
    2. Take the external keys away that will change (one), since two tasks may have swapped theirs on a detour.
    3. Change tasks, each to its last state (one).
    4. Number the new tasks in the order of their steps (one per project) and insert them (one).
    5. Write down what has become of each task (one).
    """
    _delete(ledger)
    changed = [(ledger.stored[id_], task) for id_, task in ledger.now.items() if task is not ledger.stored[id_]]
    _free_external_keys(changed)
    _change(changed)
    _insert(ledger.created)
    observability_api.tasks_created(len(ledger.created))
    observability_api.tasks_closed(sum(_closes(before, after) for before, after in changed))
    events.tell(lambda: _events(ledger, changed))
    audit_api.record(_entries(ledger, changed))


def _entries(ledger: Ledger, changed: list[tuple[Document, Document]]) -> Iterator[Entry]:
    """Give one entry for each task that is another now, as `_events` does."""
    yield from (Entry(Action.TASK_DELETED, id_) for id_ in _gone(ledger))
    yield from (audited.changed(Action.TASK_UPDATED, before, after) for before, after in changed)
    yield from (audited.new(Action.TASK_CREATED, task) for task in ledger.created)


def _events(ledger: Ledger, changed: list[tuple[Document, Document]]) -> Iterator[Event]:
    """Give one event for each task that is another now: of several changes of a task the last one counts."""
    yield from (announced.task_deleted(ledger.stored[id_]) for id_ in _gone(ledger))
    yield from (announced.task_updated(after) for _, after in changed)
    yield from map(announced.task_created, ledger.created)


def _closes(before: Document, after: Document) -> bool:
    return after["status"] in CLOSED and before["status"] not in CLOSED


def _gone(ledger: Ledger) -> list[ObjectId]:
    return [id_ for id_ in ledger.stored if id_ not in ledger.now]


def _delete(ledger: Ledger) -> None:
    gone = _gone(ledger)
    if gone:
        Task.collection().delete_many({"_id": {"$in": gone}})
        Comment.collection().delete_many({"task_id": {"$in": gone}})


def _free_external_keys(changed: list[tuple[Document, Document]]) -> None:
    given_up = [
        before["_id"]
        for before, after in changed
        if before["external_key"] is not None and before["external_key"] != after["external_key"]
    ]
    if given_up:
        Task.collection().update_many({"_id": {"$in": given_up}}, {"$set": {"external_key": None}})


def _change(changed: list[tuple[Document, Document]]) -> None:
    updates = [
        UpdateOne({"_id": before["_id"], "version": before["version"]}, {"$set": _difference(before, after)})
        for before, after in changed
    ]
    if updates:
        Task.collection().bulk_write(updates)


def _difference(before: Document, after: Document) -> Document:
    return {name: value for name, value in after.items() if value != before[name]}


def _insert(created: list[Document]) -> None:
    by_project = itemgetter("project_id")
    for project_id, tasks in groupby(sorted(created, key=by_project), by_project):  # a stable sort: in order of steps
        in_order = list(tasks)
        first = numbers.reserve(project_id, count=len(in_order))
        for place, task in enumerate(in_order):
            task["number"] = first + place
    if created:
        Task.collection().insert_many(created)
