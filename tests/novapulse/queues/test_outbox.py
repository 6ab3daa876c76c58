from __future__ import annotations

from contextvars import Context
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.data import transaction
from novapulse.queues import controls, outbox
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

LATER = timedelta(seconds=3)  # than the grace


def test_a_row_is_due_to_the_sweeper_once_its_own_process_had_its_time(database: Stored) -> None:
    row = outbox.add(an_envelope())

    assert outbox.due(at_most=10) == []
    with clock.shifted(LATER):
        assert outbox.due(at_most=10) == [row]


def test_looking_for_what_is_due_sorts_nothing_however_long_the_backlog(database: Stored) -> None:
    wanted = {"due_at": {"$lte": clock.now()}, "company_id": {"$nin": ["a"]}}
    plan = outbox.OutboxRow.collection().find(wanted).sort(outbox._IN_ORDER).limit(10).explain()

    assert "'IXSCAN'" in str(plan["queryPlanner"]["winningPlan"])
    assert "'SORT'" not in str(plan["queryPlanner"]["winningPlan"])


def test_a_row_of_a_transaction_that_is_rolled_back_is_not_there(database: Stored) -> None:
    def work() -> None:
        outbox.add(an_envelope())
        raise KeyError

    with pytest.raises(KeyError):
        transaction.run(work)

    assert database.outbox.count_documents({}) == 0


def test_a_row_for_later_is_due_when_its_time_has_come(database: Stored) -> None:
    outbox.add(an_envelope(run_after=clock.now() + timedelta(hours=5)))

    with clock.shifted(timedelta(hours=4)):
        assert outbox.due(at_most=10) == []
        assert outbox.lag_seconds(window=10) == 0
    with clock.shifted(timedelta(hours=6)):
        assert len(outbox.due(at_most=10)) == 1


def test_a_sent_row_is_not_due_and_stays_until_its_task_is_finished(database: Stored) -> None:
    row = outbox.add(an_envelope())
    outbox.sent([row], by="me")

    with clock.shifted(LATER):
        assert outbox.due(at_most=10) == []
    assert outbox.unfinished("default") == 1
    outbox.finished([row.id])
    assert outbox.unfinished("default") == 0


def test_noting_late_that_a_row_was_sent_does_not_lose_what_a_worker_put_back_meanwhile(database: Stored) -> None:
    envelope = an_envelope()
    row = outbox.add(envelope)
    outbox.put_back(envelope, due_at=clock.now() + timedelta(hours=1))
    outbox.sent([row], by="a slow sender")

    with clock.shifted(timedelta(hours=2)):
        assert [each.id for each in outbox.due(at_most=10)] == [row.id]


def test_parked_task_keeps_its_place_before_what_was_enqueued_after_it(database: Stored) -> None:
    first, second = an_envelope(), an_envelope()
    rows = [outbox.add(each) for each in (first, second)]
    outbox.sent(rows[:1], by="me")
    with clock.shifted(timedelta(hours=1)):
        outbox.park(first)
        assert [each.id for each in outbox.due(at_most=10)] == [row.id for row in rows]


def test_noting_late_that_a_row_was_sent_does_not_lose_what_was_parked_meanwhile(database: Stored) -> None:
    envelope = an_envelope()
    outbox.add(envelope)
    with clock.shifted(LATER):
        for _ in range(2):
            (row,) = outbox.due(at_most=10)
            outbox.park(envelope)
            outbox.sent([row], by="a slow sender")
            assert [each.id for each in outbox.due(at_most=10)] == [row.id]


def test_what_is_held_back_counts_neither_as_lag_nor_as_the_oldest(database: Stored) -> None:
    outbox.add(an_envelope(company_id="a"))
    controls.park("a", because="suspended")
    with clock.shifted(timedelta(hours=1)):
        assert (outbox.lag_seconds(window=10), outbox.oldest_unfinished_seconds("default")) == (0, 0)
        controls.unpark("a")
        assert outbox.lag_seconds(window=10) > 3_500
        assert outbox.oldest_unfinished_seconds("default") > 3_500


def test_what_no_queue_can_hold_any_more_is_sent_again(database: Stored) -> None:
    outbox.sent([outbox.add(an_envelope())], by="me")

    assert outbox.send_lost_again() == 0
    with clock.shifted(timedelta(days=4) + LATER):
        assert outbox.send_lost_again() == 1
        assert len(outbox.due(at_most=10)) == 1


def test_of_equal_unique_tasks_one_waits_and_one_that_has_begun_counts_no_more(database: Stored) -> None:
    first, second, third = (an_envelope(unique="a") for _ in range(3))

    assert outbox.add(first).id == outbox.add(second).id
    outbox.begun(first)
    assert str(outbox.add(third).id) == third.id
    assert database.outbox.count_documents({}) == 2


def test_a_unique_task_cannot_begin_before_a_change_that_counted_on_it_is_committed(database: Stored) -> None:
    waiting = an_envelope(unique="a")
    outbox.add(waiting)
    tries: list[str] = []

    def change() -> None:
        row = outbox.add(an_envelope(unique="a"))
        tries.append(str(row.id))

    def begins_meanwhile() -> None:
        if not tries:
            outbox.find(waiting.id)  # the snapshot is taken before the task begins
            Context().run(outbox.begun, waiting)
        change()

    transaction.run(begins_meanwhile)
    assert tries[-1] != waiting.id


def test_the_lag_tells_of_what_is_due_and_not_of_what_a_full_window_keeps_back(database: Stored) -> None:
    outbox.sent([outbox.add(an_envelope(company_id="a"))], by="me")
    outbox.add(an_envelope(company_id="a"))

    with clock.shifted(timedelta(seconds=62)):
        assert outbox.lag_seconds(window=1) == 0
        assert 59 <= outbox.lag_seconds(window=2) <= 90


def test_the_oldest_unfinished_is_older_than_its_last_sending(database: Stored) -> None:
    row = outbox.add(an_envelope())
    with clock.shifted(timedelta(hours=1)):
        outbox.sent([row], by="me")

        assert 3_600 <= outbox.oldest_unfinished_seconds("default") < 3_660
        assert outbox.oldest_unfinished_seconds("critical") == 0
