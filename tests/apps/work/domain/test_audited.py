"""What the audit is told of work: which one, names of fields, and of our words the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.work.domain import batch, bulk_create, comments, imports, projects, purges, tasks
from apps.work.domain.batch import Change, Creation, Deletion
from apps.work.domain.bulk_create import NewTask
from apps.work.domain.imports import Target
from apps.work.domain.issue_rows import IssueRow
from novapulse.data import transaction
from novapulse.errors import NotFound
from tests import people
from tests.audited import Audited

if TYPE_CHECKING:
    from bson import ObjectId
    from pymongo.database import Database

    from tests.people import Person

Told = list[tuple[str, list[str], dict[str, Any]]]


@pytest.fixture
def audited(project_id: ObjectId, database: Database[dict[str, Any]]) -> Audited:
    return Audited(database)


def told(audited: Audited) -> Told:
    return [(each["action"], each["changed"], each["details"]) for each in audited.told()]


def new_task(project_id: ObjectId) -> Any:
    return transaction.run(lambda: tasks.create(NewTask("Secret"), project_id=project_id))


def test_a_task_is_recorded_when_it_is_made_changed_and_deleted(project_id: ObjectId, audited: Audited) -> None:
    task = new_task(project_id)
    tasks.update(task["_id"], changes={"title": "Secret, too", "status": "done", "priority": "none"}, version=1)
    transaction.run(lambda: comments.create(task["_id"], body="Secret"))
    tasks.delete(task["_id"], version=2)

    assert told(audited) == [
        ("task.created", [], {"status": "todo", "priority": "none"}),
        ("task.updated", ["status", "title"], {"status": {"from": "todo", "to": "done"}}),
        ("comment.created", [], {}),
        ("task.deleted", [], {"comments": 1}),
    ]


def test_a_comment_and_a_project_as_well(project_id: ObjectId, audited: Audited) -> None:
    task = new_task(project_id)
    comment = transaction.run(lambda: comments.create(task["_id"], body="Secret"))
    comments.update(comment["_id"], body="Secret, too", version=1)
    comments.delete(comment["_id"], version=2)
    projects.update(project_id, changes={"status": "archived", "name": "Secret"}, version=1)
    tasks.delete(task["_id"], version=1)
    projects.delete(project_id, version=2)

    assert told(audited)[2:] == [
        ("comment.updated", ["body"], {}),
        ("comment.deleted", [], {}),
        ("project.updated", ["name", "status"], {"status": {"from": "active", "to": "archived"}}),
        ("task.deleted", [], {"comments": 0}),
        ("project.deleted", [], {}),
    ]


def test_what_is_refused_or_changes_nothing_is_not_recorded(project_id: ObjectId, audited: Audited) -> None:
    for work in (
        lambda: tasks.update(project_id, changes={"title": "New"}, version=1),
        lambda: tasks.delete(project_id, version=1),
        lambda: comments.delete(project_id, version=1),
    ):
        with pytest.raises(NotFound):
            work()
    projects.update(project_id, changes={}, version=1)

    assert told(audited) == []


def test_a_batch_has_one_record_for_each_task_and_each_step_that_is_denied(
    project_id: ObjectId, audited: Audited, olive: Person
) -> None:
    first, second = (new_task(project_id) for _ in range(2))
    steps = [Creation(project_id, NewTask("New")), Change(first["_id"], 1, {"title": "X"}), Deletion(second["_id"], 1)]
    audited.forget()
    transaction.run(lambda: batch.perform(steps))
    whole = [action for action, *_ in told(audited)]
    audited.forget()
    with people.acting(olive, scopes=frozenset({"tasks.create"})):
        transaction.run(lambda: batch.perform([*steps[:1], Deletion(first["_id"], 2)]))

    assert whole == ["task.deleted", "task.updated", "task.created"]
    assert [action for action, *_ in told(audited)] == ["task.created", "access.denied"]


def test_an_import_and_a_purge_have_one_record_for_each_task(project_id: ObjectId, audited: Audited) -> None:
    imports.create_missing([IssueRow(1, "A-1", "One"), IssueRow(2, "A-2", "Two")], Target(project_id))
    bulk_create.insert_tasks([NewTask("Three")], project_id=project_id, reporter_id=None)
    search = purges.TaskSearch(100)
    transaction.run(lambda: purges._batch(search))

    assert [action for action, *_ in told(audited)] == ["task.created"] * 3 + ["task.deleted"] * 3
