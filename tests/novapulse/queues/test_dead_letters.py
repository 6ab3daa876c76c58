"""Dead letters are found by what they say, tried anew once, and never lost on the way."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse import clock
from novapulse.queues import dead_letters, names, setup
from novapulse.queues.dead_letters import Letter, Wanted
from tests.faults import seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

ACME, RIVAL = "a" * 24, "b" * 24
ALL = Wanted()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take nothing for nothing at once: this SQS has but one server to ask."""
    monkeypatch.setattr(dead_letters, "_LOOK_SECONDS", 0)


@pytest.fixture
def bury(queues: object, database: Database[dict[str, Any]]) -> Callable[..., str]:
    """Put a task into the inbox as dead and its letter into a dead-letter queue: gives its id."""

    def make(task: str = "apps.work.tasks.count", company_id: str = ACME, **changes: Any) -> str:
        queue, task_id, now = changes.pop("queue", "default"), ObjectId(), clock.now()
        death = {"reason": "exhausted", "error": "builtins.ValueError", "message": "no", "attempts": 10, **changes}
        envelope = {"id": str(task_id), "task": task, "queue": queue, "company_id": company_id, "schema": 1}
        dead = {"status": "dead", "fence": 3, "attempts": 10, "deaths": 1, "ended_at": now, "first_seen": now}
        database.inbox.insert_one({"_id": task_id, "task": task, **dead})
        send(json.dumps({**envelope, "enqueued_at": now.isoformat(), "dead": death}), queue=queue)
        return str(task_id)

    return make


def send(body: str, *, queue: str = "default") -> None:
    url = setup.sqs().queue_url(names.physical(names.of_the_dead(queue)))
    setup.sqs().call(lambda client: client.send_message(QueueUrl=url, MessageBody=body))


def ids(wanted: Wanted = ALL) -> set[str]:
    return {letter.id for letter in dead_letters.letters(wanted, at_most=100)}


def test_a_letter_tells_what_happened_to_which_task_of_whom(bury: Callable[..., str]) -> None:
    task_id = bury(message="it is broken", last_worker="one:1")
    (letter,) = dead_letters.letters(ALL, at_most=100)

    assert (letter.id, letter.task, letter.company_id, letter.queue) == (
        task_id,
        "apps.work.tasks.count",
        ACME,
        "default",
    )
    assert (letter.reason, letter.error, letter.message) == ("exhausted", "builtins.ValueError", "it is broken")
    assert (letter.attempts, letter.last_worker) == (10, "one:1")


def test_letters_are_found_by_company_task_error_reason_queue_and_id(bury: Callable[..., str]) -> None:
    mine = bury()
    rivals = bury(company_id=RIVAL, task="apps.webhooks.tasks.deliver", queue="critical")
    poison = bury(task="apps.webhooks.tasks.tidy", error="a.b.LeaseLost", reason="poison")

    assert ids(Wanted(company_id=ACME)) == {mine, poison}
    assert ids(Wanted(task="apps.webhooks.*")) == {rivals, poison}
    assert ids(Wanted(task="deliver")) == ids(Wanted(queue="critical")) == {rivals}
    assert ids(Wanted(error="LeaseLost")) == ids(Wanted(error="poison")) == ids(Wanted(id=poison)) == {poison}
    assert ids(Wanted(company_id=RIVAL, error="poison")) == set()
    with pytest.raises(LookupError):
        ids(Wanted(queue="other"))


def test_looking_leaves_every_letter_where_it_is(bury: Callable[..., str]) -> None:
    buried = {bury() for _ in range(12)}

    assert len(dead_letters.letters(ALL, at_most=5)) == 5
    assert ids() == ids() == buried


def test_a_letter_that_shows_again_meanwhile_is_not_taken_for_another(
    bury: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "SCAN_SECONDS", 0)
    buried = {bury() for _ in range(3)}
    found = [letter.id for letter in dead_letters.letters(ALL, at_most=100)]

    assert sorted(found) == sorted(buried)


def test_what_is_tried_anew_keeps_its_id_has_all_its_attempts_and_leaves_the_queue(
    bury: Callable[..., str], database: Database[dict[str, Any]]
) -> None:
    mine, rivals = bury(), bury(company_id=RIVAL)
    outcome = dead_letters.redrive(Wanted(company_id=ACME), by="ann")
    row = database.inbox.find_one({"_id": ObjectId(mine)}) or {}
    sent = database.outbox.find_one({"_id": ObjectId(mine)}) or {}

    assert (outcome.done, outcome.already, outcome.unreadable) == (1, 0, 0)
    assert (row["status"], row["attempts"], row["deaths"]) == ("ready", 0, 0)
    assert json.loads(sent["body"])["attempt"] == 1
    assert "dead" not in json.loads(sent["body"])
    assert ids() == {rivals}


def test_a_run_that_was_killed_before_it_deleted_is_run_again_without_a_second_effect(
    bury: Callable[..., str], database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bury()
    with monkeypatch.context() as killed:
        killed.setattr(dead_letters._Reading, "delete", lambda *_: None)  # as if it had ended here
        dead_letters.redrive(ALL, by="ann")
    database.outbox.delete_many({})  # sent and done meanwhile
    database.inbox.update_many({}, {"$set": {"status": "done"}})
    outcome = dead_letters.redrive(ALL, by="ann")

    assert (outcome.done, outcome.already) == (0, 1)
    assert database.outbox.count_documents({}) == 0
    assert ids() == set()


def test_what_cannot_be_read_is_listed_with_a_reason_and_stays_until_it_is_purged(queues: object) -> None:
    for body in ("no json", "[1]", '{"schema": 0, "raw": "x", "dead": {"reason": "unknown-schema"}}'):
        send(body)

    reasons = [letter.reason for letter in dead_letters.letters(ALL, at_most=100)]
    assert sorted(reasons) == ["no-json", "no-json", "unknown-schema"]
    assert dead_letters.redrive(ALL, by="ann").unreadable == 3
    assert dead_letters.purge(Wanted(error="no-json"), by="ann").done == 2
    assert len(dead_letters.letters(ALL, at_most=100)) == 1


def test_what_an_older_program_could_not_read_is_tried_anew_by_one_that_can(
    queues: object, database: Database[dict[str, Any]]
) -> None:
    task_id, now = ObjectId(), clock.now()
    row = {"queue": "default", "company_id": ACME, "body": "{}", "enqueued_at": now, "sent_at": now}
    database.outbox.insert_one({"_id": task_id, **row})  # as long as nobody has done it
    envelope = {"id": str(task_id), "task": "a.b", "queue": "default", "schema": 1, "enqueued_at": now.isoformat()}
    send(json.dumps({"schema": 0, "raw": json.dumps(envelope), "dead": {"reason": "unknown-schema"}}))

    assert ids(Wanted(task="a.b", error="unknown-schema")) == {str(task_id)}
    assert dead_letters.redrive(ALL, by="ann").done == 1
    assert "due_at" in (database.outbox.find_one({"_id": task_id}) or {})


def test_what_sqs_itself_has_moved_says_so(queues: object) -> None:
    send('{"schema": 1, "id": "' + "c" * 24 + '", "task": "a.b", "attempt": 2}')
    (letter,) = dead_letters.letters(ALL, at_most=100)

    assert (letter.reason, letter.attempts, letter.id) == ("received-too-often", 2, "c" * 24)


def test_every_letter_is_seen_and_each_act_is_logged_with_who_did_it(
    bury: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    mine, _ = bury(), bury(company_id=RIVAL)
    seen: list[Letter] = []
    with caplog.at_level(logging.INFO, logger=dead_letters.__name__):
        dead_letters.purge(Wanted(company_id=ACME), by="ann", seen=seen.append)
    events = [(record.message, record.fields["task_id"], record.fields["by"]) for record in caplog.records]  # type: ignore[attr-defined]  # novapulse.log puts it there

    assert events == [("queues.dead_letter_purged", mine, "ann")]
    assert len(seen) == 2


def test_redriving_leaves_room_for_those_who_wait(bury: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "PER_SECOND", 5)
    for _ in range(4):
        bury()

    assert seconds_of(lambda: dead_letters.redrive(ALL, by="ann")) >= 3 / 5
