"""How the queues are, also where SQS or its own figures would not tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse import clock
from novapulse.data import registry
from novapulse.data.sqs import SqsOptions, SqsProvider
from novapulse.errors import Unavailable
from novapulse.local.aws import CREDENTIALS, REGION
from novapulse.queues import depths, figures, names
from novapulse.queues.depths import MOST_IN_FLIGHT, Depth
from novapulse.queues.figures import Figure
from tests.faults import refusing_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from novapulse.queues.depths import Work


@pytest.fixture
def unfinished(database: Database[dict[str, Any]]) -> Callable[..., None]:
    """Write rows of the outbox: `unfinished(age_seconds=60)`."""

    def write(*, age_seconds: int, is_sent: bool = True, queue: str = "default") -> None:
        since = clock.now() - timedelta(seconds=age_seconds)
        moment = {"sent_at": since} if is_sent else {"due_at": since}
        row = {"_id": ObjectId(), "queue": queue, "company_id": None, "body": "{}", "enqueued_at": since}
        database.outbox.insert_one({**row, **moment})

    return write


def of(queue: str) -> Work:
    return next(work for work in depths.overview().queues if work.queue == queue)


def test_what_sqs_holds_is_told_apart(queues: SqsProvider) -> None:
    url, dead = (queues.queue_url(names.physical(each)) for each in ("default", "default-dlq"))
    for where, delay in ((url, 0), (url, 0), (url, 60), (dead, 0)):
        queues.call(
            lambda client, where=where, delay=delay: client.send_message(
                QueueUrl=where, MessageBody="x", DelaySeconds=delay
            )
        )
    queues.call(lambda client: client.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=0))
    found = {depth.queue: depth for depth in depths.in_sqs()}

    assert found["default"] == Depth("default", waiting=1, in_flight=1, delayed=1, dead=1, dead_in_flight=0)
    assert found["critical"] == Depth("critical", 0, 0, 0, 0, 0)


def test_the_oldest_unfinished_shows_whatever_sqs_makes_of_its_age(
    queues: object, unfinished: Callable[..., None]
) -> None:
    unfinished(age_seconds=3_600)
    unfinished(age_seconds=60)

    assert 3_600 <= of("default").oldest_unfinished_seconds < 3_660
    assert of("default").unfinished == 2
    assert (of("critical").unfinished, of("critical").oldest_unfinished_seconds) == (0, 0.0)


def test_what_cannot_be_sent_shows_as_the_lag_of_the_outbox(queues: object, unfinished: Callable[..., None]) -> None:
    assert depths.overview().outbox_lag_seconds == 0.0
    unfinished(age_seconds=120, is_sent=False)

    assert 120 <= depths.overview().outbox_lag_seconds < 180


def test_what_workers_count_shows_by_queue(queues: object, database: object) -> None:
    figures.count(Figure.DUPLICATES, queue="critical", times=2)
    figures.flush()

    assert of("critical").recent.counts[Figure.DUPLICATES] == 2
    assert of("default").recent.counts.total() == 0


def test_a_queue_that_sqs_gives_no_more_out_of_is_saturated() -> None:
    assert Depth("default", 0, MOST_IN_FLIGHT, 0, 0, 0).saturation == 1.0


def test_without_sqs_what_is_unfinished_shows_all_the_same(
    unfinished: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = f"http://127.0.0.1:{refusing_port()}"
    nowhere = SqsProvider(SqsOptions(region=REGION, endpoint_url=endpoint, credentials=CREDENTIALS))
    monkeypatch.setitem(registry._providers, "sqs", nowhere)
    unfinished(age_seconds=60)

    assert (of("default").depth, of("default").unfinished) == (None, 1)
    assert depths.overview().trouble == "SQS is not reached."
    nowhere.breaker.open()
    assert depths.overview().trouble == "SQS is not asked at the moment: its breaker is open."
    with pytest.raises(Unavailable):
        depths.in_sqs()
