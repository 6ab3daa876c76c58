"""What others are told of tasks and projects: each change once, as the API shows what was changed."""

from __future__ import annotations

import pytest
from bson import ObjectId

from apps.work.domain import batch, bulk_create, projects, published, tasks
from apps.work.domain.batch import Change, Creation, Deletion
from apps.work.domain.bulk_create import NewTask
from apps.work.errors import ExternalKeyTaken
from novapulse.data import transaction
from novapulse.web.refusals import PreconditionFailed
from tests.listening import listening


def test_a_task_is_told_of_when_it_is_made_changed_and_deleted(project_id: ObjectId) -> None:
    with listening() as listener:
        made = transaction.run(lambda: tasks.create(NewTask("A task"), project_id=project_id))
        changed = tasks.update(made["_id"], changes={"title": "Another"}, version=1)
        tasks.delete(made["_id"], version=2)

    assert listener.types == ["task.created", "task.updated", "task.deleted"]
    assert [event.data for (event,) in listener.heard] == [
        *(published.task(made), published.task(changed)),
        {"id": made["_id"], "project_id": project_id},
    ]


def test_a_project_is_told_of_when_it_is_made_changed_and_deleted(project_id: ObjectId) -> None:
    with listening() as listener:
        made = projects.create(key="NEW", name="New", description="")
        changed = projects.update(made["_id"], changes={"status": "archived"}, version=1)
        projects.delete(made["_id"], version=2)

    assert listener.types == ["project.created", "project.updated", "project.deleted"]
    assert [event.data for (event,) in listener.heard] == [
        *(published.project(made), published.project(changed)),
        {"id": made["_id"], "key": "NEW"},
    ]


def test_a_change_that_is_refused_or_changes_nothing_is_not_told_of(project_id: ObjectId) -> None:
    new = NewTask("A task", external_key="EX-1")
    task = transaction.run(lambda: tasks.create(new, project_id=project_id))
    with listening() as listener:
        with pytest.raises(ExternalKeyTaken):
            transaction.run(lambda: tasks.create(new, project_id=project_id))
        with pytest.raises(PreconditionFailed):
            tasks.update(task["_id"], changes={"title": "Stale"}, version=7)
        with pytest.raises(PreconditionFailed):
            tasks.delete(task["_id"], version=7)
        tasks.update(task["_id"], changes={}, version=1)

    assert listener.types == []


def test_a_batch_tells_of_everything_at_once_and_of_each_task_once(project_id: ObjectId) -> None:
    first, second = (transaction.run(lambda: tasks.create(NewTask("A task"), project_id=project_id)) for _ in range(2))
    steps = [
        Creation(project_id, NewTask("New")),
        Change(first["_id"], 1, {"title": "Once"}),
        Change(first["_id"], 2, {"title": "Twice"}),
        Deletion(second["_id"], 1),
        Deletion(ObjectId(), 1),
    ]
    with listening() as listener:
        transaction.run(lambda: batch.perform(steps))

    (told,) = listener.heard
    assert sorted(event.type for event in told) == ["task.created", "task.deleted", "task.updated"]
    assert [event.data["title"] for event in told if "title" in event.data] == ["Twice", "New"]
    assert [event.data["number"] for event in told if event.type == "task.created"] == [3]


def test_an_import_tells_of_all_its_tasks_at_once(project_id: ObjectId) -> None:
    with listening() as listener:
        bulk_create.insert_tasks([NewTask("One"), NewTask("Two")], project_id=project_id, reporter_id=None)

    assert [[event.type for event in told] for told in listener.heard] == [["task.created", "task.created"]]
