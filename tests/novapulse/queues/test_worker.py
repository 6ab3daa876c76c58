from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse.errors import Unavailable
from novapulse.queues import controls, outbox, worker
from novapulse.queues.worker import Crew, Worker
from novapulse.tasks import current, task
from novapulse.tenancy import scope
from tests import queues
from tests.novapulse.queues.envelopes import an_envelope
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

_MOST_SECONDS = 30
BIG, SMALL = ObjectId(), ObjectId()

seen: list[Any] = []
gate = threading.Event()


@pytest.fixture(autouse=True)
def _nothing_seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    seen.clear()
    gate.clear()
    controls._seen.forget()
    monkeypatch.setattr(worker, "_POLL_SECONDS", 1)
    yield
    gate.set()
    controls._seen.forget()


@task()
def note(name: str) -> None:
    seen.append(name)


@task()
def take_a_moment(name: str) -> None:
    time.sleep(0.05)
    seen.append(name)


@task()
def wait_at_the_gate(name: str) -> None:
    seen.append(name)
    gate.wait(_MOST_SECONDS)
    seen.append(current().lost())


@contextmanager
def _working(threads: int = 2, *, drain_seconds: float = 20, **weights: int) -> Iterator[Worker]:
    """Run a worker until the block ends, and wait for its end."""
    crew = Crew(
        weights=weights or {"default": 1},
        threads=threads,
        visibility_seconds=60,
        drain_seconds=drain_seconds,
        perform=queues.DESK.perform,
        dying=queues.DESK.dying,
        ended=queues.DESK.ended,
    )
    one = Worker(crew)
    thread = threading.Thread(target=one.run)
    thread.start()
    try:
        yield one
    finally:
        one.stop()
        thread.join(_MOST_SECONDS)
        assert not thread.is_alive()


def _until(condition: Callable[[], bool]) -> None:
    wait_until(condition, seconds=_MOST_SECONDS, tell=lambda: seen)


def _enqueue(company: ObjectId, *names: str) -> None:
    with scope.company(company, location="DE"):
        for name in names:
            wait_at_the_gate.enqueue(name)
    queues.publish()


def test_a_worker_runs_the_tasks_of_its_queues(database: Stored) -> None:
    note.enqueue("a")
    note.using(queue_name="critical").enqueue("b")
    queues.publish()
    with _working(critical=3, default=1):
        _until(lambda: sorted(seen) == ["a", "b"])
        _until(lambda: database.outbox.count_documents({}) == 0)


def test_a_worker_that_is_told_to_stop_finishes_what_runs_and_begins_nothing(database: Stored) -> None:
    _enqueue(BIG, "a", "b")
    with _working(threads=1) as one:
        _until(lambda: len(seen) == 1)
        one.stop()
        gate.set()

    assert len(seen) == 2  # the one that ran, from its beginning to its end
    assert database.outbox.count_documents({}) == 1


def test_what_does_not_end_in_time_is_handed_back_at_once_and_can_do_no_more_harm(database: Stored) -> None:
    _enqueue(BIG, "a")
    with _working(drain_seconds=0.1):
        _until(lambda: seen == ["a"])

    (row,) = database.inbox.find()
    assert (row["status"], row["attempts"], row["deaths"]) == ("ready", 0, 0)
    _until(lambda: len(queues.received()) == 1)
    gate.set()
    _until(lambda: seen == ["a", True])


def test_a_paused_queue_is_not_received_from(database: Stored) -> None:
    controls.pause("queue:default", by="olive")
    note.enqueue("a")
    note.using(queue_name="critical").enqueue("b")
    queues.publish()
    with _working(critical=1, default=1):
        _until(lambda: seen == ["b"])
        time.sleep(0.5)
        assert seen == ["b"]
        controls.resume("queue:default")
        _until(lambda: seen == ["b", "a"])


def test_the_tasks_of_a_paused_company_go_back_into_the_outbox(database: Stored) -> None:
    _enqueue(BIG, "a")
    controls.pause(f"company:{BIG}", by="olive")
    with _working():
        _until(lambda: database.outbox.count_documents({"due_at": {"$exists": True}}) == 1)

    assert seen == []
    assert queues.received() == []
    assert database.inbox.count_documents({}) == 0


def test_a_company_that_goes_on_is_not_parked_by_a_worker_that_has_not_heard_of_it(
    database: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controls, "LOOK_SECONDS", 600)
    controls.park(str(BIG), because="suspended")
    with _working(), scope.company(BIG, location="DE"):
        _until(lambda: str(BIG) in controls.paused().companies)
        database.queue_controls.delete_many({"_id": f"parked:{BIG}"})  # as another process does it
        note.enqueue("a")
        queues.publish()
        _until(lambda: seen == ["a"])


def test_the_tasks_of_a_company_that_is_gone_are_thrown_away(database: Stored) -> None:
    _enqueue(BIG, "a", "b")
    controls.drop(str(BIG))
    gate.set()
    _enqueue(SMALL, "c")
    with _working():
        _until(lambda: database.outbox.count_documents({}) == 0)
    assert seen == ["c", False]
    assert queues.received() == []


def test_a_company_has_half_of_the_threads_while_another_waits(database: Stored) -> None:
    _enqueue(BIG, *("big" for _ in range(6)))
    _enqueue(SMALL, "small")
    with _working(threads=4):
        _until(lambda: "small" in seen)
        assert seen.count("big") <= 3  # one more may have begun before its share was full
        gate.set()


def test_a_few_tasks_behind_anothers_many_are_not_kept_waiting_by_being_handed_back(database: Stored) -> None:
    for company, name, count in ((BIG, "big", 40), (SMALL, "small", 6)):
        with scope.company(company, location="DE"):
            for _ in range(count):
                take_a_moment.enqueue(name)
    queues.publish()
    with _working(threads=4):
        began = time.monotonic()
        _until(lambda: seen.count("small") == 6)
        seconds = time.monotonic() - began

    assert seconds < worker._MOST_HAND_BACK_SECONDS - 2


def test_what_is_handed_back_stays_away_for_a_moment_unless_its_company_has_a_long_queue(database: Stored) -> None:
    _enqueue(SMALL, *("small" for _ in range(5)))
    (delivery, *_) = queues.received()
    for _ in range(60):
        envelope = an_envelope(company_id=str(BIG))
        outbox.sent([outbox.add(envelope)], by="me")

    assert worker._seconds_away(delivery, str(SMALL)) == 1
    assert worker._seconds_away(replace(delivery, receives=2), str(BIG)) == 6


def test_a_company_has_all_threads_while_nobody_else_waits(database: Stored) -> None:
    _enqueue(BIG, *("big" for _ in range(4)))
    with _working(threads=4):
        _until(lambda: seen.count("big") == 4)
        gate.set()


def test_a_worker_survives_that_sqs_is_away(database: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def away(*_: object, **__: object) -> None:
        tried.append(1)
        raise Unavailable

    note.enqueue("a")
    queues.publish()
    monkeypatch.setattr(worker, "_PAUSE_SECONDS", 0.05)
    with monkeypatch.context() as patched:
        patched.setattr(worker.deliveries, "receive", away)
        with _working():
            _until(lambda: len(tried) > 2)
            patched.undo()
            _until(lambda: seen == ["a"])


def test_nothing_is_received_while_mongodb_is_away(database: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def away() -> None:
        asked.append(1)
        raise Unavailable

    note.enqueue("a")
    queues.publish()
    monkeypatch.setattr(worker.controls, "paused", away)
    monkeypatch.setattr(worker, "_PAUSE_SECONDS", 0.05)
    with _working():
        _until(lambda: len(asked) > 2)

    assert [each.receives for each in queues.received()] == [1]


def test_a_worker_with_a_thread_that_hangs_in_a_task_leaves_so_that_another_is_started(
    database: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_WEDGED_SECONDS", -299.9)
    _enqueue(BIG, "a")
    with _working(drain_seconds=0.1) as one:
        _until(lambda: one.is_wedged)


def test_others_wait_only_where_nobody_has_begun_their_tasks(database: Stored) -> None:
    _enqueue(BIG, "a")

    assert outbox.others_wait("default", companies={str(SMALL)})
    assert not outbox.others_wait("default", companies={str(BIG)})
    assert not outbox.others_wait("critical", companies=set())
    gate.set()
    queues.drain()
    assert not outbox.others_wait("default", companies=set())
