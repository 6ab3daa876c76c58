"""Many tasks at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pymongo.errors import BulkWriteError

from apps.work.documents import Task
from apps.work.domain import numbers
from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.errors import UnknownProject

if TYPE_CHECKING:
    from bson import ObjectId

    from tests.commands import Commands
    from tests.people import Person


def test_tasks_are_numbered_in_their_order(project_id: ObjectId, olive: Person) -> None:
    numbers.reserve(project_id)

    made = insert_tasks([NewTask("One"), NewTask("Two")], project_id=project_id, reporter_id=olive.id)

    assert [(task["title"], task["number"], task["reporter_id"]) for task in made] == [
        ("One", 2, olive.id),
        ("Two", 3, olive.id),
    ]
    assert list(Task.collection().find({}, sort=[("number", 1)])) == made


def test_five_hundred_tasks_take_two_commands_one_for_their_records_and_a_commit(
    project_id: ObjectId, commands: Commands
) -> None:
    with commands.counted() as names:
        insert_tasks([NewTask(f"Task {n}") for n in range(500)], project_id=project_id, reporter_id=None)

    assert names == ["findAndModify", "insert", "insert", "commitTransaction"]


def test_no_task_is_inserted_when_one_has_a_key_that_is_taken(project_id: ObjectId) -> None:
    insert_tasks([NewTask("One", external_key="EX-1")], project_id=project_id, reporter_id=None)

    with pytest.raises(BulkWriteError):
        insert_tasks([NewTask("Two"), NewTask("Three", external_key="EX-1")], project_id=project_id, reporter_id=None)

    assert Task.collection().count_documents({}) == 1
    assert numbers.reserve(project_id) == 2


def test_no_rows_take_no_command(project_id: ObjectId, commands: Commands) -> None:
    with commands.counted() as names:
        assert insert_tasks([], project_id=project_id, reporter_id=None) == []

    assert names == []


def test_tasks_are_refused_for_a_project_of_another_company(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    with pytest.raises(UnknownProject):
        insert_tasks([NewTask("One")], project_id=rival_at_work["project_id"], reporter_id=None)


def test_a_new_task_has_every_field_that_is_declared(project_id: ObjectId) -> None:
    (made,) = insert_tasks([NewTask("One")], project_id=project_id, reporter_id=None)

    assert {"id" if name == "_id" else name for name in made} == set(Task._fields)
