"""Tests and replays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.webhooks import conf
from apps.webhooks.documents import WebhookDelivery
from apps.webhooks.domain import endpoints, replays
from apps.webhooks.domain.deliveries import DeliverySearch
from apps.webhooks.domain.endpoints import NewEndpoint
from apps.webhooks.errors import TooManyDeliveries, WebhookDisabled
from novapulse.data import transaction
from novapulse.errors import NotFound
from tests import queues
from tests.apps.webhooks.conftest import URL

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.people import Person
    from tests.receivers import Receiver


@pytest.fixture
def endpoint_id(desk: Person, there: Receiver) -> ObjectId:
    return ObjectId(endpoints.create(NewEndpoint(there.url)).endpoint["_id"])


def sent_to(endpoint_id: ObjectId) -> dict[str, Any]:
    return transaction.run(lambda: replays.send_test(endpoint_id))


def test_a_delivery_is_made_again_with_the_same_event(endpoint_id: ObjectId, there: Receiver) -> None:
    first = sent_to(endpoint_id)
    queues.drain()
    replayed = transaction.run(lambda: replays.replay(endpoint_id, ids=[first["_id"], first["_id"]]))
    queues.drain()

    once, again = there.requests
    assert (replayed, once.body, once.headers["webhook-id"]) == (1, again.body, again.headers["webhook-id"])
    (second,) = WebhookDelivery.collection().find({"replay_of": first["_id"]})
    assert (second["status"], second["event_id"]) == ("delivered", first["event_id"])


def test_a_time_and_a_status_choose_what_is_made_again(endpoint_id: ObjectId, there: Receiver) -> None:
    first, second = sent_to(endpoint_id), sent_to(endpoint_id)
    queues.drain()
    soon = second["created_at"] + timedelta(seconds=1)

    failed = transaction.run(lambda: replays.replay_found(endpoint_id, DeliverySearch(("failed",))))
    later = transaction.run(lambda: replays.replay_found(endpoint_id, DeliverySearch(created={"$gte": soon})))
    both = DeliverySearch(("delivered",), {"$gte": first["created_at"], "$lt": soon})

    assert (failed, later, transaction.run(lambda: replays.replay_found(endpoint_id, both))) == (0, 0, 2)
    queues.drain()
    assert len(there.requests) == 4


def test_too_many_are_not_replayed_at_all(
    endpoint_id: ObjectId, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "REPLAY_MOST", 2)
    for _ in range(3):
        sent_to(endpoint_id)

    with pytest.raises(TooManyDeliveries):
        transaction.run(lambda: replays.replay_found(endpoint_id, DeliverySearch()))
    assert database.webhook_deliveries.count_documents({}) == 3


def test_a_delivery_of_another_endpoint_is_not_found(endpoint_id: ObjectId) -> None:
    other = endpoints.create(NewEndpoint(URL)).endpoint["_id"]
    ids = [sent_to(endpoint_id)["_id"], ObjectId()]

    for wanted in (ids[:1], ids[1:]):
        with pytest.raises(NotFound):
            replays.replay(other, ids=wanted)


def test_nothing_is_asked_of_a_disabled_endpoint(endpoint_id: ObjectId) -> None:
    delivery = sent_to(endpoint_id)
    endpoints.update(endpoint_id, changes={"status": "disabled"}, version=1)

    for ask in (
        lambda: replays.send_test(endpoint_id),
        lambda: replays.replay(endpoint_id, ids=[delivery["_id"]]),
        lambda: replays.replay_found(endpoint_id, DeliverySearch()),
    ):
        with pytest.raises(WebhookDisabled):
            ask()
