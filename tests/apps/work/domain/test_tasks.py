"""Tasks, as the domain makes, changes and deletes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.enums import Role
from apps.work.documents import Comment, Task
from apps.work.domain import comments, tasks
from apps.work.domain.bulk_create import NewTask
from apps.work.errors import ExternalKeyTaken, UnknownMember
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed
from tests import people

if TYPE_CHECKING:
    from tests.commands import Commands
    from tests.people import Person


def create(project_id: ObjectId, **values: Any) -> dict[str, Any]:
    return transaction.run(lambda: tasks.create(NewTask("A task", **values), project_id=project_id))


def test_a_task_is_reported_by_whoever_makes_it(project_id: ObjectId, olive: Person) -> None:
    made = create(project_id)

    assert (made["number"], made["reporter_id"], made["assignee_id"]) == (1, olive.id, None)
    assert tasks.one(made["_id"]) == made


def test_a_task_takes_three_commands_and_four_with_an_assignee(
    project_id: ObjectId, olive: Person, commands: Commands
) -> None:
    with commands.counted() as names:
        create(project_id)
    assert names == ["findAndModify", "insert", "insert", "commitTransaction"]

    with commands.counted() as names:
        create(project_id, assignee_id=olive.id)
    assert names == ["find", "findAndModify", "insert", "insert", "commitTransaction"]


def test_a_task_is_read_by_one_command(project_id: ObjectId, commands: Commands) -> None:
    task_id = create(project_id)["_id"]

    with commands.counted() as names:
        tasks.one(task_id)

    assert names == ["find"]


def test_a_task_cannot_be_given_to_a_member_of_another_company(project_id: ObjectId) -> None:
    stranger = people.person(people.company("other"), role=Role.MEMBER)

    with pytest.raises(UnknownMember):
        create(project_id, assignee_id=stranger.id)


def test_an_external_key_is_unique_in_its_project(project_id: ObjectId) -> None:
    create(project_id, external_key="EX-1")
    other = create(project_id)

    with pytest.raises(ExternalKeyTaken):
        create(project_id, external_key="EX-1")
    with pytest.raises(ExternalKeyTaken):
        tasks.update(other["_id"], changes={"external_key": "EX-1"}, version=1)

    assert create(project_id)["number"] == 3


def test_a_change_takes_one_command_and_its_record_another(project_id: ObjectId, commands: Commands) -> None:
    task_id = create(project_id)["_id"]

    with commands.counted() as names:
        changed = tasks.update(task_id, changes={"title": "Other", "points": 3.0}, version=1)

    assert (changed["title"], changed["points"], changed["version"]) == ("Other", 3.0, 2)
    assert names == ["findAndModify", "insert", "commitTransaction"]


def test_a_change_of_an_old_version_is_refused(project_id: ObjectId) -> None:
    task_id = create(project_id)["_id"]
    tasks.update(task_id, changes={"title": "Other"}, version=1)

    with pytest.raises(PreconditionFailed):
        tasks.update(task_id, changes={"title": "Third"}, version=1)


def test_a_task_goes_with_its_comments_and_no_others(project_id: ObjectId) -> None:
    gone, stays = create(project_id)["_id"], create(project_id)["_id"]
    for task_id in (gone, stays):
        transaction.run(lambda task_id=task_id: comments.create(task_id, body="A word"))

    tasks.delete(gone, version=1)

    assert [task["_id"] for task in Task.collection().find({})] == [stays]
    assert [comment["task_id"] for comment in Comment.collection().find({})] == [stays]


def test_a_task_of_an_old_version_is_not_deleted(project_id: ObjectId) -> None:
    task_id = create(project_id)["_id"]

    with pytest.raises(PreconditionFailed):
        tasks.delete(task_id, version=2)

    assert tasks.one(task_id)["version"] == 1


def test_a_task_of_another_company_is_not_there(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    for task_id in (rival_at_work["task_id"], ObjectId()):
        with pytest.raises(NotFound):
            tasks.one(task_id)
        with pytest.raises(NotFound):
            tasks.update(task_id, changes={"title": "Ours"}, version=1)
        with pytest.raises(NotFound):
            tasks.delete(task_id, version=1)
