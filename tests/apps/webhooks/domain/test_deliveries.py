"""Deliveries as they are stored and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.webhooks import conf
from apps.webhooks.documents import WebhookDelivery
from apps.webhooks.domain import deliveries, endpoints
from apps.webhooks.domain.deliveries import DeliverySearch
from apps.webhooks.domain.endpoints import NewEndpoint
from novapulse.errors import NotFound
from tests.apps.webhooks.conftest import URL

if TYPE_CHECKING:
    from tests.commands import Commands
    from tests.people import Person

EVENT = {"_id": ObjectId(), "type": "task.created"}


def test_a_page_is_one_command_on_one_index(desk: Person, commands: Commands) -> None:
    endpoint_id = endpoints.create(NewEndpoint(URL)).endpoint["_id"]
    new = [deliveries.document_of(EVENT, endpoint_id=endpoint_id) for _ in range(3)]
    WebhookDelivery.collection().insert_many(new)
    search = DeliverySearch(("pending",), {"$gte": new[0]["created_at"]})

    with commands.counted() as names:
        first = deliveries.page(endpoint_id, search, limit=2)
        second = deliveries.page(endpoint_id, search, limit=2, after=first.next)

    assert names == ["find", "find"]
    assert [row["_id"] for row in [*first.rows, *second.rows]] == [each["_id"] for each in reversed(new)]


def test_deliveries_of_an_endpoint_that_is_not_there_are_not_found(desk: Person) -> None:
    with pytest.raises(NotFound):
        deliveries.page(ObjectId(), DeliverySearch(), limit=2)


def test_a_delivery_goes_after_a_month(desk: Person) -> None:
    new = deliveries.document_of(EVENT, endpoint_id=ObjectId())

    assert new["expires_at"] - new["created_at"] == conf.DELIVERIES_KEPT < conf.EVENTS_KEPT
