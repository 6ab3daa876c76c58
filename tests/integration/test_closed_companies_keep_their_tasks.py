"""Tasks of companies that are suspended: parked by a worker, and done in their order when it is resumed."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from apps.tenants.domain import standing
from novapulse import clock
from novapulse.queues import controls, worker
from novapulse.queues.errors import Retry
from novapulse.queues.publisher import Publisher
from novapulse.queues.worker import Crew, Worker
from novapulse.tasks import current, task
from novapulse.tenancy import scope
from tests.queues import DESK
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

    from tests.api import Api

done: list[tuple[str, int]] = []


@task()
def note(name: str) -> None:
    done.append((name, current().attempt))
    if (name, current().attempt) == ("stumbled", 1):
        raise Retry(after=timedelta(seconds=1))


@pytest.fixture
def _working(queues: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a worker of one thread, and what sends the outbox."""
    monkeypatch.setattr(worker, "_POLL_SECONDS", 1)
    done.clear()
    controls._seen.forget()
    with _sending():
        told = {"perform": DESK.perform, "dying": DESK.dying, "ended": DESK.ended}
        one = Worker(Crew(weights={"default": 1}, threads=1, visibility_seconds=60, drain_seconds=20, **told))
        thread = threading.Thread(target=one.run)
        thread.start()
        yield
        one.stop()
        thread.join(30)
    controls._seen.forget()


@contextmanager
def _sending() -> Iterator[None]:
    publisher, stopped = Publisher(), threading.Event()

    def sweep() -> None:
        while not stopped.wait(0.5):
            publisher.sweep()

    thread = threading.Thread(target=sweep)
    thread.start()
    yield
    stopped.set()
    thread.join(30)


def enqueue(company: Api, *names: str) -> None:
    with scope.company(company.company_id, location=company.company["country"]):
        for name in names:
            note.enqueue(name)


def until(condition: Callable[[], bool]) -> None:
    wait_until(condition, seconds=30, tell=lambda: done)


@pytest.mark.usefixtures("_working")
def test_tasks_of_a_suspended_company_wait_for_it_with_their_order_and_attempts(
    acme: Api, rival: Api, database: Database[dict[str, Any]]
) -> None:
    parked = {"company_id": str(acme.company_id), "due_at": {"$exists": True}}
    enqueue(acme, "stumbled")
    until(lambda: done == [("stumbled", 1)])
    standing.suspend("acme")
    enqueue(acme, "first", "second", "third")
    enqueue(rival, "of the rival")
    until(lambda: database.outbox.count_documents(parked) == 4)
    until(lambda: ("of the rival", 1) in done)
    assert [name for name, _ in done] == ["stumbled", "of the rival"]

    began = clock.monotonic()
    standing.resume("acme")
    until(lambda: ("stumbled", 2) in done)
    assert clock.monotonic() - began < 10  # a second on a machine that has time
    until(lambda: len(done) == 6)
    assert done[2:] == [("stumbled", 2), ("first", 1), ("second", 1), ("third", 1)]
    until(lambda: database.outbox.count_documents({}) == 0)
