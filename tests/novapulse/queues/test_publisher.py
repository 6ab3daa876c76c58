from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.errors import Unavailable
from novapulse.queues import controls, outbox, publisher
from novapulse.queues.publisher import Publisher
from tests import queues
from tests.novapulse.queues.envelopes import an_envelope
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

LATER = timedelta(seconds=10)


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    controls._seen.forget()
    yield
    controls._seen.forget()


@pytest.fixture
def running(database: Stored) -> Iterator[Publisher]:
    """Run a publisher's threads."""
    queues.make()
    own = Publisher()
    own._spawn()
    yield own
    own.stop()


def _unsent(database: Stored) -> int:
    return database.outbox.count_documents({"due_at": {"$exists": True}})


def test_what_is_offered_is_sent_without_a_sweeper(
    database: Stored, running: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls.lease("sweeper", seconds=600)
    monkeypatch.setattr(controls._seen, "process", "another")  # so that nobody here sweeps
    row = outbox.add(an_envelope())
    running.offer(row)

    wait_until(lambda: _unsent(database) == 0)
    assert [each.body for each in queues.received()] == [row.body]


def test_what_nobody_has_sent_is_swept_up(database: Stored, running: Publisher) -> None:
    row = outbox.add(an_envelope())

    wait_until(lambda: _unsent(database) == 0)
    assert [each.body for each in queues.received()] == [row.body]


def test_a_sweep_sends_in_the_order_in_which_it_was_enqueued(database: Stored) -> None:
    queues.make()
    rows = [outbox.add(an_envelope(company_id="c", args=[n])) for n in range(10)]
    with clock.shifted(LATER):
        Publisher().sweep()

    assert [each.body for each in queues.received()] == [row.body for row in rows]


def test_one_process_sweeps_at_a_time(database: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    queues.make()
    outbox.add(an_envelope())
    with clock.shifted(LATER):
        controls.lease("sweeper", seconds=60)
        monkeypatch.setattr(controls._seen, "process", "another")
        Publisher().sweep()

    assert _unsent(database) == 1


def test_what_is_new_does_not_overtake_what_waits_of_its_company(database: Stored) -> None:
    queues.make()
    own = Publisher()
    own.is_running = True
    outbox.add(an_envelope(company_id="c"))
    with clock.shifted(LATER):
        own.offer(outbox.add(an_envelope(company_id="c")))
        own.offer(outbox.add(an_envelope(company_id="other")))
        own.send_new()

    assert len(queues.received()) == 1
    assert _unsent(database) == 2


def test_what_is_paused_stays_until_it_goes_on(database: Stored) -> None:
    queues.make()
    outbox.add(an_envelope(company_id="c"))
    controls.pause("company:c", by="olive")
    with clock.shifted(LATER):
        Publisher().sweep()
        assert _unsent(database) == 1
        controls.resume("company:c")
        Publisher().sweep()
    assert _unsent(database) == 0


def test_what_goes_on_is_sent_at_the_next_look_whatever_was_known_before(database: Stored) -> None:
    queues.make()
    outbox.add(an_envelope(company_id="c"))
    controls.park("c", because="suspended")
    assert controls.paused().companies == {"c"}
    database.queue_controls.delete_many({"_id": "parked:c"})  # as another process does it
    with clock.shifted(LATER):
        Publisher().sweep()
    assert _unsent(database) == 0


def test_without_sqs_what_is_offered_waits_and_is_sent_when_it_is_back(
    database: Stored, running: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def away(rows: object) -> None:
        tried.append(rows)
        raise Unavailable

    with monkeypatch.context() as patched:
        patched.setattr(publisher.sender, "send", away)
        running.offer(outbox.add(an_envelope()))
        wait_until(lambda: len(tried) > 1)  # the sender's try, then the sweeper's
        assert _unsent(database) == 1
    wait_until(lambda: _unsent(database) == 0)


def test_a_process_that_has_not_started_its_publisher_leaves_its_rows_to_others(database: Stored) -> None:
    own = Publisher()
    own.offer(outbox.add(an_envelope()))

    assert len(own._rows) == 0


def test_what_got_lost_in_sqs_is_looked_for_now_and_then(database: Stored) -> None:
    outbox.sent([outbox.add(an_envelope())], by="me")
    own = Publisher()
    with clock.shifted(timedelta(days=4) + LATER):
        own.look_for_lost()
        assert _unsent(database) == 0
        own._looked_for_lost_at -= publisher._LOST_EVERY_SECONDS
        own.look_for_lost()
    assert _unsent(database) == 1
