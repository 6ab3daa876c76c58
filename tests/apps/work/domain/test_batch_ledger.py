"""The rehearsal of a batch: in memory, over what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.work.domain import batch_ledger
from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.errors import ExternalKeyTaken, UnknownMember
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed

if TYPE_CHECKING:
    from apps.work.domain.batch_ledger import Ledger
    from tests.commands import Commands
    from tests.people import Person


def read(*task_ids: ObjectId, project_id: ObjectId | None = None, keys: tuple[str, ...] = ()) -> Ledger:
    creations = [] if project_id is None else [(project_id, NewTask("New", external_key=key)) for key in keys]
    return batch_ledger.read(task_ids=task_ids, creations=creations, changes=[])


@pytest.fixture
def task_id(project_id: ObjectId) -> ObjectId:
    return ObjectId(
        insert_tasks([NewTask("One", external_key="EX-1")], project_id=project_id, reporter_id=None)[0]["_id"]
    )


def test_nothing_is_read_for_nothing(desk: Person, commands: Commands) -> None:
    with commands.counted() as names:
        batch_ledger.read(task_ids=[], creations=[], changes=[])

    assert names == []


def test_a_key_that_a_task_gives_up_is_free_for_the_next(project_id: ObjectId, task_id: ObjectId) -> None:
    ledger = read(task_id, project_id=project_id, keys=("EX-1",))

    with pytest.raises(ExternalKeyTaken):
        ledger.create(NewTask("Two", external_key="EX-1"), project_id=project_id)
    ledger.change(task_id, version=1, changes={"external_key": None})
    ledger.create(NewTask("Two", external_key="EX-1"), project_id=project_id)

    assert [task["title"] for task in ledger.created] == ["Two"]


def test_a_key_that_an_unread_task_has_is_taken(project_id: ObjectId, task_id: ObjectId) -> None:
    ledger = read(project_id=project_id, keys=("EX-1",))

    with pytest.raises(ExternalKeyTaken):
        ledger.create(NewTask("Two", external_key="EX-1"), project_id=project_id)


def test_a_refused_change_leaves_the_ledger_as_it_was(task_id: ObjectId) -> None:
    ledger = read(task_id)

    with pytest.raises(UnknownMember):
        ledger.change(task_id, version=1, changes={"assignee_id": ObjectId(), "external_key": None})
    with pytest.raises(PreconditionFailed):
        ledger.change(task_id, version=2, changes={"title": "Other"})

    assert ledger.now == ledger.stored


def test_a_deleted_task_is_gone_for_the_steps_after_it(task_id: ObjectId) -> None:
    ledger = read(task_id)
    ledger.delete(task_id, version=1)

    with pytest.raises(NotFound):
        ledger.delete(task_id, version=1)
    assert (len(ledger.stored), ledger.now) == (1, {})


def test_a_task_of_another_company_is_not_read(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    ledger = read(rival_at_work["task_id"], project_id=rival_at_work["project_id"], keys=("EX-1",))

    assert (ledger.stored, ledger.statuses, ledger.owners) == ({}, {}, {})
