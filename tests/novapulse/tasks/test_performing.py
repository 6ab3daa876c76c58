from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse import context
from novapulse.queues.settle import Outcome
from novapulse.resilience import deadline
from novapulse.tasks import DeadLetter, task
from novapulse.tasks.standard import task_finished, task_started
from novapulse.tenancy import scope
from novapulse.tenancy.scope import ScopeMissing
from tests import queues

if TYPE_CHECKING:
    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

ACME = ObjectId()
seen: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


@task()
def look_around() -> None:
    active = scope.active()
    seen.append((active and str(active.company_id), context.request_id(), deadline.remaining(10_000)))


@task(takes_context=True)
def with_context(context: Any, name: str) -> None:
    seen.append((context.attempt, name))


def note_death(reason: str, name: str) -> None:
    active = scope.active()
    seen.append((reason, name, active and active.company_id))


@task(if_dead=note_death)
def die(name: str) -> None:
    raise DeadLetter("no-use", name)


@task(max_attempts=1)
def give_something_odd() -> object:
    return object()


def test_a_task_runs_in_its_companys_scope_within_its_time_under_the_id_of_its_request(database: Stored) -> None:
    context.begin_request("r1")
    with scope.company(ACME, location="DE"):
        look_around.enqueue()
    context.begin_request("r2")
    queues.drain()

    company, request_id, seconds = seen[0]
    assert (company, request_id) == (str(ACME), "r1")
    assert 200 < seconds <= 300


def test_a_task_hears_of_its_death_in_its_companys_scope(database: Stored) -> None:
    with scope.company(ACME, location="DE"):
        die.enqueue("a")

    assert queues.drain() == [Outcome.DEAD]
    assert seen == [("no-use", "a", ACME)]


def test_after_a_task_nothing_of_its_scope_is_left(database: Stored) -> None:
    with scope.company(ACME, location="DE"):
        look_around.enqueue()
    look_around.enqueue()
    queues.drain()

    assert [company for company, _, _ in seen] == [str(ACME), None]
    with pytest.raises(ScopeMissing):
        scope.current()


def test_a_task_that_asks_for_it_gets_djangos_context(database: Stored) -> None:
    with_context.enqueue("a")

    assert queues.drain() == [Outcome.DONE]
    assert seen == [(1, "a")]


def test_a_result_that_is_no_json_is_a_dead_letter(database: Stored) -> None:
    give_something_odd.enqueue()

    assert queues.drain() == [Outcome.DEAD]
    assert json.loads(queues.dead_letters()[0])["dead"]["reason"] == "bad-result"


def test_djangos_signals_tell_of_the_start_and_the_end(database: Stored) -> None:
    def hear(task_result: Any, **_: object) -> None:
        seen.append(str(task_result.status))

    for signal in (task_started, task_finished):
        signal.connect(hear)
    try:
        with_context.enqueue("a")
        queues.drain()
    finally:
        for signal in (task_started, task_finished):
            signal.disconnect(hear)
    assert seen == ["RUNNING", (1, "a"), "SUCCESSFUL"]
