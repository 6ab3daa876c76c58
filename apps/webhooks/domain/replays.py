"""Deliveries that somebody asks for: a test, and what is to be delivered once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.webhooks import conf
from apps.webhooks.documents import WebhookDelivery
from apps.webhooks.domain import deliveries, endpoints, happenings
from apps.webhooks.enums import EndpointStatus
from apps.webhooks.errors import TooManyDeliveries, WebhookDisabled
from novapulse.data.events import Event
from novapulse.errors import NotFound
from novapulse.tasks import enqueue, once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bson import ObjectId

    from apps.webhooks.domain.deliveries import DeliverySearch

Document = dict[str, Any]

TEST_TYPE: Final = "webhook.test"
_OLDEST_FIRST: Final = [("created_at", 1), ("_id", 1)]
_AT_ONCE: Final = 100  # deliveries that one task begins, in one transaction


def send_test(endpoint_id: ObjectId) -> Document:
    """Send an endpoint an event of no importance, inside the caller's transaction; give the delivery.

    Raises NotFound, WebhookDisabled.
    """
    _check_active(endpoint_id)
    (event,) = happenings.written([Event(TEST_TYPE, {"webhook_id": endpoint_id})])
    (delivery,) = _begun([deliveries.document_of(event, endpoint_id=endpoint_id)])
    audit_api.record([Entry(Action.WEBHOOK_TEST_SENT, endpoint_id)])
    return delivery


def replay(endpoint_id: ObjectId, *, ids: Sequence[ObjectId]) -> int:
    """Make these deliveries once more, inside the caller's transaction; tell how many. The events keep their ids.

    Raises NotFound, also where one of the deliveries is not of this endpoint; WebhookDisabled.
    """
    _check_active(endpoint_id)
    found = list(WebhookDelivery.collection().find({"_id": {"$in": list(ids)}, "endpoint_id": endpoint_id}))
    if len(found) < len(set(ids)):
        raise NotFound
    return _replayed(endpoint_id, found)


def replay_found(endpoint_id: ObjectId, search: DeliverySearch) -> int:
    """As `replay`, with all deliveries that the search finds, the oldest first.

    Raises NotFound, WebhookDisabled; TooManyDeliveries, and then none is made.
    """
    _check_active(endpoint_id)
    most = conf.REPLAY_MOST + 1
    found = list(WebhookDelivery.collection().find(search.where(endpoint_id), sort=_OLDEST_FIRST, limit=most))
    if len(found) == most:
        raise TooManyDeliveries(most=conf.REPLAY_MOST)
    return _replayed(endpoint_id, found)


def begin(delivery_ids: Iterable[str]) -> None:
    """Have deliveries made, each by a task of its own; the task's own transaction."""

    def enqueue_each() -> None:
        for delivery_id in delivery_ids:
            enqueue("apps.webhooks.tasks.deliver", delivery_id)

    once(enqueue_each)


def _check_active(endpoint_id: ObjectId) -> None:
    if endpoints.one(endpoint_id)["status"] != EndpointStatus.ACTIVE:
        raise WebhookDisabled


def _replayed(endpoint_id: ObjectId, found: Iterable[Mapping[str, Any]]) -> int:
    begun = _begun(
        [
            deliveries.document_of(
                {"_id": each["event_id"], "type": each["event_type"]},
                endpoint_id=each["endpoint_id"],
                replay_of=each["_id"],
            )
            for each in found
        ]
    )
    audit_api.record([Entry(Action.WEBHOOK_DELIVERIES_REPLAYED, endpoint_id, details={"deliveries": len(begun)})])
    return len(begun)


def _begun(new: list[Document]) -> list[Document]:
    if new:
        WebhookDelivery.collection().insert_many(new)
        ids = [str(each["_id"]) for each in new]
        for start in range(0, len(ids), _AT_ONCE):
            enqueue("apps.webhooks.tasks.begin", ids[start : start + _AT_ONCE])
    return new
