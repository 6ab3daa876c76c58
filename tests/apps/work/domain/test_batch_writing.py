"""Writing what a rehearsal has led to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from apps.work.documents import Comment, Task
from apps.work.domain import batch_ledger, batch_writing, comments
from apps.work.domain.bulk_create import NewTask, insert_tasks
from novapulse.data import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from bson import ObjectId
    from pymongo.database import Database

    from apps.work.domain.batch_ledger import Ledger
    from tests.commands import Commands


@pytest.fixture
def task_ids(project_id: ObjectId) -> list[ObjectId]:
    rows = [NewTask("One", external_key="A"), NewTask("Two", external_key="B")]
    return [task["_id"] for task in insert_tasks(rows, project_id=project_id, reporter_id=None)]


def rehearsed(task_ids: list[ObjectId], rehearse: Callable[[Ledger], object]) -> None:
    def work() -> None:
        ledger = batch_ledger.read(task_ids=task_ids, creations=[], changes=[])
        rehearse(ledger)
        batch_writing.write(ledger)

    transaction.run(work)


def stored() -> list[dict[str, Any]]:
    return list(Task.collection().find({}, sort=[("number", 1)]))


def test_two_tasks_swap_their_keys_on_a_detour(task_ids: list[ObjectId]) -> None:
    one, two = task_ids

    def swap(ledger: Ledger) -> None:
        ledger.change(one, version=1, changes={"external_key": None})
        ledger.change(two, version=1, changes={"external_key": "A"})
        ledger.change(one, version=2, changes={"external_key": "B"})

    rehearsed(task_ids, swap)

    assert [(task["external_key"], task["version"]) for task in stored()] == [("B", 3), ("A", 2)]


def test_a_deleted_task_takes_its_comments_with_it(task_ids: list[ObjectId]) -> None:
    for task_id in task_ids:
        transaction.run(lambda task_id=task_id: comments.create(task_id, body="A word"))

    rehearsed(task_ids, lambda ledger: ledger.delete(task_ids[0], version=1))

    assert [task["_id"] for task in stored()] == task_ids[1:]
    assert [comment["task_id"] for comment in Comment.collection().find({})] == task_ids[1:]


def test_nothing_is_written_where_nothing_has_changed(task_ids: list[ObjectId], commands: Commands) -> None:
    with commands.counted() as names:
        rehearsed(task_ids, lambda ledger: ledger.change(task_ids[0], version=1, changes={}))

    assert names == ["find", "commitTransaction"]


def test_what_somebody_else_writes_meanwhile_starts_the_batch_again(
    task_ids: list[ObjectId], database: Database[dict[str, Any]]
) -> None:
    tries: list[int] = []

    def disturbed(ledger: Ledger) -> None:
        tries.append(ledger.now[task_ids[0]]["version"])
        if len(tries) == 1:
            _from_outside(task_ids[0], database)
        ledger.change(task_ids[0], version=tries[-1], changes={"title": "Ours"})

    rehearsed(task_ids, disturbed)

    assert tries == [1, 2]
    assert (stored()[0]["title"], stored()[0]["points"], stored()[0]["version"]) == ("Ours", 5, 3)


def _from_outside(task_id: ObjectId, database: Database[dict[str, Any]]) -> None:
    """Change the task past the transaction that is under way: another thread does not join it."""
    change = {"$set": {"points": 5}, "$inc": {"version": 1}}
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(database["tasks"].update_one, {"_id": task_id}, change).result()
