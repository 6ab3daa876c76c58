"""Messages: whose they are, and what their task takes."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.operations.domain import isolation, isolation_messages
from apps.operations.domain.isolation import Fault
from novapulse import clock
from novapulse.queues import names, setup
from novapulse.queues.envelope import Envelope
from novapulse.tasks.task import _known, known
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from pymongo.database import Database

OURS, THEIRS = ObjectId(), ObjectId()
RUN_JOB, BEGIN = "apps.work.tasks.run_job", "apps.webhooks.tasks.begin"


@pytest.fixture
def outbox(database: Database[dict[str, Any]]) -> Database[dict[str, Any]]:
    database.companies.insert_many([{"_id": each, "slug": str(each), "country": "DE"} for each in (OURS, THEIRS)])
    return database


def message(task: str, *args: Any, company_id: ObjectId | None = OURS, location: str = "DE") -> str:
    whose = None if company_id is None else str(company_id)
    given = {"task": task, "queue": "default", "enqueued_at": clock.now(), "company_id": whose, "location": location}
    return Envelope(id=str(ObjectId()), args=list(args), **given).to_json()


def row(body: str, *, company_id: ObjectId | None = OURS) -> dict[str, Any]:
    return {"body": body, "company_id": company_id and str(company_id)}


def theirs(database: Database[dict[str, Any]], collection: str) -> str:
    made = {"company_id": THEIRS, "location": "DE"}
    return str(database[collection].insert_one(made).inserted_id)


def found(source: isolation.Source) -> set[tuple[Fault, str]]:
    with across_tenants("a test"):
        report = isolation.look([source], seen=lambda _kind, _count: None)
    return {(each.fault, each.path) for each in report.findings}


def test_rows_of_a_company_and_of_nobody_are_good(outbox: Database[dict[str, Any]]) -> None:
    outbox.outbox.insert_many(
        [row(message(RUN_JOB, str(ObjectId()))), row(message("some.sweep", company_id=None), company_id=None)]
    )

    assert found(isolation_messages.outbox(None)) == set()


@pytest.mark.parametrize(
    ("task", "collection", "argument"),
    [(RUN_JOB, "jobs", "job_id"), (BEGIN, "webhook_deliveries", "delivery_ids")],
)
def test_an_argument_that_is_anothers_is_found(
    outbox: Database[dict[str, Any]], task: str, collection: str, argument: str
) -> None:
    foreign = theirs(outbox, collection)
    outbox.outbox.insert_one(row(message(task, [foreign] if argument.endswith("s") else foreign)))

    assert found(isolation_messages.outbox(None)) == {(Fault.FOREIGN, f"body.{argument}")}
    assert found(isolation_messages.outbox(THEIRS)) == set()


def test_a_message_that_says_another_company_or_location_than_its_row_is_found(
    outbox: Database[dict[str, Any]],
) -> None:
    outbox.outbox.insert_many([row(message(RUN_JOB, company_id=THEIRS)), row(message(RUN_JOB, location="FR"))])

    assert found(isolation_messages.outbox(None)) == {
        (Fault.FOREIGN, "body.company_id"),
        (Fault.LOCATION, "company_id"),
    }


def test_a_message_that_cannot_be_read_is_known_by_its_row(outbox: Database[dict[str, Any]]) -> None:
    outbox.outbox.insert_many([row("{"), row("{", company_id=None), row("{", company_id=ObjectId())])

    assert found(isolation_messages.outbox(None)) == {(Fault.UNKNOWN_COMPANY, "company_id")}


@pytest.mark.usefixtures("queues", "at_once")
def test_dead_letters_are_looked_at_and_stay(outbox: Database[dict[str, Any]]) -> None:
    url = setup.sqs().queue_url(names.physical("default-dlq"))
    body = json.dumps({**json.loads(message(RUN_JOB, theirs(outbox, "jobs"))), "dead": {"reason": "exhausted"}})
    setup.sqs().call(lambda client: client.send_message(QueueUrl=url, MessageBody=body))

    for _ in range(2):
        assert found(isolation_messages.letters(None)) == {(Fault.FOREIGN, "body.job_id")}
    assert found(isolation_messages.letters(THEIRS)) == set()


def test_every_argument_of_a_task_that_is_an_id_says_what_it_names() -> None:
    with pytest.raises(LookupError):
        known("none of ours")  # which loads all
    taken = {
        name
        for path, task in _known.items()
        if path.startswith("apps.")
        for name in inspect.signature(task.func).parameters
    }

    assert {name for name in taken if name.endswith(("_id", "_ids"))} == set(isolation_messages.ARGUMENTS)
