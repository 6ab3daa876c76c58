from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.queues.settle import Outcome
from novapulse.tasks import enqueue, task
from tests import queues

if TYPE_CHECKING:
    from pymongo.database import Database

seen: list[str] = []
PATH = f"{__name__}.note"


@task()
def note(name: str) -> None:
    seen.append(name)


def test_a_task_is_enqueued_by_its_path(database: Database[dict[str, Any]]) -> None:
    enqueue(PATH, "a")
    enqueue(PATH, name="b", run_after=clock.now() + timedelta(hours=1))

    assert queues.drain() == [Outcome.DONE]
    assert seen == ["a"]


def test_a_mistake_shows_when_it_is_enqueued(database: Database[dict[str, Any]]) -> None:
    with pytest.raises(LookupError):
        enqueue("apps.nowhere.tasks.nothing")
    with pytest.raises(TypeError):
        enqueue(PATH, "a", "b")

    assert database.outbox.count_documents({}) == 0
