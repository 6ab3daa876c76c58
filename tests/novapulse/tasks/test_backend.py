from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse import clock, context
from novapulse.queues.envelope import Envelope
from novapulse.tasks import TooLarge, task
from novapulse.tasks.standard import TaskResultDoesNotExist, task_enqueued
from novapulse.tenancy import scope
from tests import queues

if TYPE_CHECKING:
    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

ACME = ObjectId()


@task(unique=str, expires=timedelta(hours=1))
def recount(name: str) -> str:
    return name


@task(backoff=(timedelta(seconds=1), timedelta(seconds=2)))  # a wait of more than 15 minutes goes back to the outbox
def fail(_what: Any) -> None:
    raise OSError("away")


def _only(database: Stored) -> Envelope:
    (row,) = database.outbox.find()
    return Envelope.from_json(row["body"])


def test_a_task_is_enqueued_for_the_company_and_the_request_of_its_caller(database: Stored) -> None:
    context.begin_request("r1")
    with scope.company(ACME, location="DE"):
        recount.enqueue("a")

    envelope = _only(database)
    assert (envelope.company_id, envelope.location, envelope.request_id) == (str(ACME), "DE", "r1")


def test_the_time_after_which_a_task_is_not_worth_doing_counts_from_when_it_may_run(database: Stored) -> None:
    later = clock.now() + timedelta(hours=5)
    recount.using(run_after=later).enqueue("a")

    assert _only(database).expires_at == later + timedelta(hours=1)


def test_of_a_unique_task_one_waits_per_key_and_company(database: Stored) -> None:
    first, second = recount.enqueue("a"), recount.enqueue("a")
    recount.enqueue("b")
    with scope.company(ACME, location="DE"):
        recount.enqueue("a")

    assert first.id == second.id
    assert database.outbox.count_documents({}) == 3


def test_arguments_that_do_not_fit_are_refused_and_nothing_is_enqueued(database: Stored) -> None:
    for arguments in ((), ("a", "b"), (object(),)):
        with pytest.raises(TypeError):
            recount.enqueue(*arguments)
    with pytest.raises(TooLarge):
        fail.enqueue("x" * 300_000)

    assert database.outbox.count_documents({}) == 0


def test_a_result_tells_what_became_of_a_task(database: Stored) -> None:
    result = recount.enqueue("a")
    assert str(recount.get_result(result.id).status) == "READY"
    queues.drain()
    result.refresh()

    assert (str(result.status), result.return_value, result.attempts) == ("SUCCESSFUL", "a", 1)


def test_the_result_of_a_failed_task_tells_the_error(database: Stored) -> None:
    result = fail.enqueue(1)
    queues.drain()
    result.refresh()

    assert (str(result.status), result.attempts) == ("FAILED", 10)
    assert result.errors[0].exception_class is OSError


def test_a_result_of_another_company_is_like_one_that_does_not_exist(database: Stored) -> None:
    with scope.company(ACME, location="DE"):
        result = recount.enqueue("a")
    with scope.company(ObjectId(), location="DE"):
        for task_id in (result.id, str(ObjectId()), "nonsense"):
            with pytest.raises(TaskResultDoesNotExist):
                recount.get_result(task_id)


def test_djangos_signal_tells_of_what_was_enqueued(database: Stored) -> None:
    heard: list[str] = []

    def hear(task_result: Any, **_: object) -> None:
        heard.append(task_result.id)

    task_enqueued.connect(hear)
    try:
        result = recount.enqueue("a")
    finally:
        task_enqueued.disconnect(hear)
    assert heard == [result.id]
