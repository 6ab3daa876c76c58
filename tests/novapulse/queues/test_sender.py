from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.errors import Unavailable
from novapulse.queues import deliveries, outbox, sender
from tests import queues
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.queues.outbox import Row

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def small_window() -> Iterator[int]:
    """Let a queue hold three messages of a company."""
    before = sender.window()
    sender.use_window(3)
    yield 3
    sender.use_window(before)


def _rows(count: int, **members: Any) -> list[Row]:
    return [outbox.add(an_envelope(args=[n], **members)) for n in range(count)]


def test_rows_are_sent_in_their_order_and_noted() -> None:
    queues.make()
    rows = _rows(12, company_id="c")
    held = sender.send(rows)

    with clock.shifted(timedelta(minutes=1)):
        assert (held, outbox.due(at_most=20)) == (set(), [])
    assert [each.body for each in queues.received()] == [row.body for row in rows[:10]]


def test_a_batch_never_has_more_bytes_than_a_call_may_have() -> None:
    rows = [*_rows(1), *(outbox.add(an_envelope(args=["x" * 100_000])) for _ in range(3)), *_rows(1)]
    sizes = [sum(len(row.body) for row in batch) for batch in sender._batches(rows)]

    assert len(sizes) == 2
    assert max(sizes) <= sender.MAX_BYTES


def test_a_company_has_no_more_in_a_queue_than_its_window_and_others_are_not_held_up(small_window: int) -> None:
    queues.make()
    many, others = _rows(5, company_id="many"), _rows(2, company_id="other")
    held = sender.send([*many, *others])

    assert held == {("default", "many")}
    assert len(queues.received()) == small_window + 2
    outbox.finished([many[0].id])
    sender.send(many[3:])
    assert len(queues.received()) == 1


def test_only_the_refused_entries_of_a_batch_are_sent_again_and_before_what_comes_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = _refusing(monkeypatch, entries={"1"}, times=1)
    sender.send(rows := _rows(12))

    bodies = [[entry["MessageBody"] for entry in call] for call in calls]
    assert bodies == [[row.body for row in rows[:10]], [rows[1].body], [row.body for row in rows[10:]]]


def test_what_is_refused_again_and_again_is_put_off_and_holds_its_company_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = _refusing(monkeypatch, entries={"0"}, times=99)
    bad, later, other = (outbox.add(an_envelope(company_id=each)) for each in ("a", "a", "b"))
    monkeypatch.setattr(sender, "BATCH", 1)

    assert sender.send([bad, later]) == {("default", "a")}
    assert [call[0]["MessageBody"] for call in calls] == [bad.body] * 3
    calls.clear()
    monkeypatch.setattr(sender, "BATCH", 10)
    with clock.shifted(timedelta(seconds=10)):
        assert [row.id for row in outbox.due(at_most=9)] == [later.id, other.id]


def test_without_sqs_nothing_is_noted_as_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_sqs: object, _work: object) -> None:
        raise Unavailable

    queues.make()
    monkeypatch.setattr(type(deliveries.provider()), "call", away)
    with pytest.raises(Unavailable):
        sender.send(_rows(1))

    with clock.shifted(timedelta(minutes=1)):
        assert len(outbox.due(at_most=10)) == 1


def _refusing(monkeypatch: pytest.MonkeyPatch, *, entries: set[str], times: int) -> list[list[dict[str, Any]]]:
    """Have SQS refuse entries of a batch, so many times: moto never does."""
    calls: list[list[dict[str, Any]]] = []

    class Client:
        def get_queue_url(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803  boto3's
            return {"QueueUrl": QueueName}

        def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002, N803  boto3's
            calls.append(Entries)
            failed = [entry for entry in Entries if entry["Id"] in entries] if len(calls) <= times else []
            return {"Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in failed]}

    queues.make()
    monkeypatch.setattr(type(deliveries.provider()), "call", lambda _sqs, work: work(Client()))
    return calls
