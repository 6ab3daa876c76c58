from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse import clock, context
from novapulse.queues import inbox, names, outbox
from novapulse.queues.envelope import Envelope
from novapulse.queues.settle import Outcome
from novapulse.resilience import account
from novapulse.tasks import DeadLetter, Discard, LeaseLost, Retry, Snooze, current, once, task
from novapulse.tenancy import scope
from tests import queues
from tests.lines import collected

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

seen: list[Any] = []
plan: list[Callable[[], object]] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()
    plan.clear()


@task(max_attempts=3, backoff=(timedelta(seconds=1), timedelta(seconds=2)))
def follow_the_plan(name: str) -> str:
    """Note the attempt, then do what the test has planned for it."""
    seen.append((name, current().attempt))
    if plan:
        plan.pop(0)()
    return name


@task(expires=timedelta(minutes=1))
def soon_too_late() -> None:
    seen.append("ran")


@task()
def add_one() -> None:
    once(lambda: inbox.InboxRow.collection().database.queue_controls.insert_one({"owner": "an effect"}))


def _raising(error: BaseException) -> Callable[[], None]:
    def do() -> None:
        raise error

    return do


def _envelope(result: Any) -> Envelope:
    row = outbox.find(result.id)
    assert row is not None
    return Envelope.from_json(row["body"])


def _letter() -> dict[str, Any]:
    (body,) = queues.dead_letters()
    return dict(json.loads(body))


def test_a_task_runs_and_nothing_of_it_is_left(database: Stored) -> None:
    result = follow_the_plan.enqueue("a")

    assert queues.drain() == [Outcome.DONE]
    result.refresh()
    assert (seen, result.return_value) == ([("a", 1)], "a")
    assert database.outbox.count_documents({}) == 0


def test_what_fails_is_tried_again_and_its_attempts_are_ours_to_count(database: Stored) -> None:
    plan[:] = [_raising(OSError("away")), _raising(Retry())]
    follow_the_plan.enqueue("a")

    assert queues.drain() == [Outcome.RETRIED, Outcome.RETRIED, Outcome.DONE]
    assert seen == [("a", 1), ("a", 2), ("a", 3)]


def test_what_fails_for_the_last_time_is_a_dead_letter_that_tells_why(database: Stored) -> None:
    plan[:] = [_raising(OSError("away"))] * 3
    result = follow_the_plan.enqueue("a")

    assert queues.drain()[-1] is Outcome.DEAD
    dead = _letter()["dead"]
    assert (dead["reason"], dead["error"], dead["message"], dead["attempts"]) == (
        "exhausted",
        "builtins.OSError",
        "away",
        3,
    )
    result.refresh()
    assert str(result.status) == "FAILED"
    assert database.outbox.count_documents({}) == 0


def test_a_snooze_burns_no_attempt(database: Stored) -> None:
    plan[:] = [_raising(Snooze(after=timedelta(seconds=1)))] * 5
    follow_the_plan.enqueue("a")

    assert queues.drain() == [Outcome.SNOOZED] * 5 + [Outcome.DONE]
    assert seen[-1] == ("a", 1)


def test_a_task_that_says_so_is_discarded_or_dead_at_once(database: Stored) -> None:
    plan[:] = [_raising(Discard("gone")), _raising(DeadLetter("refused", "They do not want it."))]
    follow_the_plan.enqueue("a")
    follow_the_plan.enqueue("b")

    assert queues.drain() == [Outcome.DISCARDED, Outcome.DEAD]
    assert (_letter()["args"], _letter()["dead"]["reason"]) == (["b"], "refused")


def test_a_wait_longer_than_sqs_can_hold_is_kept_in_the_outbox(database: Stored) -> None:
    plan[:] = [_raising(Retry(after=timedelta(hours=13)))]
    follow_the_plan.enqueue("a")

    assert queues.drain() == [Outcome.RETRIED]
    with clock.shifted(timedelta(hours=12)):
        assert queues.drain() == []
    with clock.shifted(timedelta(hours=14)):
        assert queues.drain() == [Outcome.DONE]
    assert seen == [("a", 1), ("a", 2)]


def test_a_task_that_snoozes_often_waits_in_the_outbox_before_sqs_takes_it_for_dead(database: Stored) -> None:
    plan[:] = [_raising(Snooze(after=timedelta(minutes=1)))] * (names.MAX_RECEIVES // 2)
    follow_the_plan.enqueue("a")

    assert queues.drain() == [Outcome.SNOOZED] * (names.MAX_RECEIVES // 2)
    with clock.shifted(timedelta(minutes=2)):
        assert queues.drain() == [Outcome.DONE]


def test_a_task_past_its_time_is_discarded_without_running(database: Stored) -> None:
    soon_too_late.enqueue()

    with clock.shifted(timedelta(minutes=2)):
        assert queues.drain() == [Outcome.DISCARDED]
    assert seen == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"task": "os.system"}, "unknown-task"),
        ({"args": [1, 2, 3]}, "bad-arguments"),
        ({"schema": 99}, "unknown-schema"),
    ],
)
def test_what_can_never_run_is_a_dead_letter_at_once(database: Stored, change: dict[str, Any], reason: str) -> None:
    follow_the_plan.enqueue("a")
    row: Any = database.outbox.find_one()
    database.outbox.update_one({}, {"$set": {"body": json.dumps({**json.loads(row["body"]), **change})}})

    assert queues.drain() == [Outcome.DEAD]
    assert _letter()["dead"]["reason"] == reason
    assert seen == []


def test_what_killed_three_workers_is_quarantined_without_a_fourth(database: Stored) -> None:
    result = follow_the_plan.enqueue("a")
    envelope = _envelope(result)
    for death in range(3):
        with clock.shifted(death * timedelta(hours=1)):
            assert isinstance(inbox.claim(envelope, owner="killed", lease_seconds=60), inbox.Claim)

    with clock.shifted(timedelta(hours=4)):
        assert queues.drain() == [Outcome.DEAD]
        assert _letter()["dead"]["reason"] == "poison"
    assert seen == []


def test_two_deaths_are_forgiven(database: Stored) -> None:
    result = follow_the_plan.enqueue("a")
    envelope = _envelope(result)
    for death in range(2):
        with clock.shifted(death * timedelta(hours=1)):
            inbox.claim(envelope, owner="killed", lease_seconds=60)

    with clock.shifted(timedelta(hours=4)):
        assert queues.drain() == [Outcome.DONE]
    assert seen == [("a", 1)]


def test_one_message_fifty_times_at_once_has_one_effect(database: Stored) -> None:
    add_one.enqueue()
    queues.publish()
    (message,) = queues.received()
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda _: queues.settle.handle(message, desk=queues.DESK), range(50)))

    assert outcomes.count(Outcome.DONE) == 1
    assert set(outcomes) <= {Outcome.DONE, Outcome.COPY, Outcome.BUSY}
    assert database.queue_controls.count_documents({}) == 1


def test_an_owner_that_was_taken_for_dead_settles_nothing(database: Stored) -> None:
    def is_taken_for_dead() -> None:
        database.inbox.update_one({"_id": ObjectId(current().id)}, {"$inc": {"fence": 1}})

    plan[:] = [is_taken_for_dead]
    follow_the_plan.enqueue("a")
    queues.publish()
    (message,) = queues.received()

    assert queues.settle.handle(message, desk=queues.DESK) is Outcome.LOST
    assert database.outbox.count_documents({}) == 1


def test_a_task_that_hears_that_its_lease_is_lost_settles_nothing(database: Stored) -> None:
    plan[:] = [_raising(LeaseLost())]
    follow_the_plan.enqueue("a")
    queues.publish()
    (message,) = queues.received()

    assert queues.settle.handle(message, desk=queues.DESK) is Outcome.LOST
    assert database.outbox.count_documents({}) == 1


def test_what_fails_after_once_is_not_tried_again(database: Stored) -> None:
    plan[:] = [lambda: (once(lambda: None), _raising(OSError())())]
    follow_the_plan.enqueue("a")

    assert queues.drain() == [Outcome.DONE]
    assert seen == [("a", 1)]


def test_the_lines_of_a_task_bear_the_request_and_the_trace_that_wanted_it(
    database: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account._Telling, "of_all", True)
    trail, company = context.begin_request("request-1"), ObjectId()
    with scope.company(company, location="DE"):
        follow_the_plan.enqueue("a")
    plan.append(inbox.InboxRow.collection().find_one)
    context.begin_request("another-request")
    with collected("novapulse.queues.settle") as lines:
        queues.drain()
    started, finished = lines.taken()

    assert (started["event"], finished["event"]) == ("task.started", "task.finished")
    for line in (started, finished):
        assert (line["request_id"], line["trace_id"]) == ("request-1", trail.trace_id)
        assert (line["company_id"], line["route"]) == (str(company), follow_the_plan.module_path)
    assert [(call["operation"], call["target"]) for call in finished["calls"]] == [("find", "inbox")]
