from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from novapulse.data import transaction
from novapulse.queues import producer, publisher
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note what is handed to the publisher."""
    noted: list[str] = []
    monkeypatch.setattr(publisher.publisher, "offer", lambda row: noted.append(str(row.id)))
    return noted


def test_a_task_is_handed_to_the_publisher_after_the_commit_and_not_before(
    database: Database[dict[str, Any]], offered: list[str]
) -> None:
    envelope = an_envelope()

    def work() -> list[str]:
        producer.put(envelope)
        return list(offered)

    assert transaction.run(work) == []
    assert offered == [envelope.id]


def test_a_task_of_a_change_that_is_rolled_back_is_never_sent(
    database: Database[dict[str, Any]], offered: list[str]
) -> None:
    def work() -> None:
        producer.put(an_envelope())
        raise KeyError

    with pytest.raises(KeyError):
        transaction.run(work)

    assert offered == []
    assert database.outbox.count_documents({}) == 0


def test_outside_of_a_transaction_the_task_is_written_first_and_then_sent(
    database: Database[dict[str, Any]], offered: list[str]
) -> None:
    producer.put(an_envelope())

    assert database.outbox.count_documents({}) == len(offered) == 1
