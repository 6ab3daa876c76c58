from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.queues import cron, outbox
from novapulse.queues.settle import Outcome
from novapulse.tasks import repeat, task
from tests import queues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

seen: list[str] = []
EVERY = timedelta(days=365)  # no tick begins while a test runs, but for one night in a year


@task()
def tidy_up() -> None:
    seen.append("tidied")


@pytest.fixture(autouse=True)
def _scheduled() -> Iterator[None]:
    seen.clear()
    before = dict(cron._schedules)
    cron._schedules.clear()
    repeat(f"{__name__}.tidy_up", every=EVERY)
    yield
    cron._schedules.clear()
    cron._schedules.update(before)


def _as_another_process() -> None:
    for schedule in cron._schedules.values():
        schedule.last_tick = -1


def test_of_a_tick_one_task_is_made_by_however_many_processes(database: Stored) -> None:
    made = cron.tick()
    _as_another_process()

    assert [made, cron.tick(), cron.tick()] == [1, 0, 0]
    assert queues.drain() == [Outcome.DONE]


def test_a_process_that_is_late_makes_a_copy_that_is_not_run(database: Stored) -> None:
    cron.tick()
    queues.drain()
    _as_another_process()
    cron.tick()

    assert queues.drain() == [Outcome.COPY]
    assert seen == ["tidied"]
    assert outbox.unfinished("default") == 0


def test_each_tick_has_its_task(database: Stored) -> None:
    cron.tick()
    with clock.shifted(EVERY):
        assert cron.tick() == 1

    assert database.outbox.count_documents({}) == 2
