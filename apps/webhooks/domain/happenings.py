"""What has happened in a company, written down with the change, and who is to be told of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId

from apps.webhooks import conf
from apps.webhooks.documents import WebhookDelivery, WebhookEndpoint, WebhookEvent
from apps.webhooks.domain import deliveries
from apps.webhooks.domain.audience import audience
from apps.webhooks.enums import EndpointStatus
from novapulse import clock
from novapulse.tasks import enqueue, once
from novapulse.web import rendering

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from novapulse.data.events import Event

Document = dict[str, Any]


class Scribe:
    """The listener of this process (`novapulse.data.events`): whatever it hears, an endpoint may be sent."""

    def is_listening(self) -> bool:
        """Tell whether the bound company has an active endpoint; usually from memory."""
        return audience.is_there()

    def hear(self, events: Sequence[Event]) -> None:
        """Write events down inside the transaction of their change: two commands, however many there are."""
        ids = [str(document["_id"]) for document in written(events)]
        enqueue("apps.webhooks.tasks.fan_out", ids)


scribe: Final = Scribe()


def written(events: Sequence[Event]) -> list[Document]:
    """Write events down, in the bytes that will be sent: one command."""
    now = clock.now()
    documents: list[Document] = [
        {
            "_id": ObjectId(),
            "type": event.type,
            "body": rendering.encode({"type": event.type, "timestamp": now, "data": event.data}),
            "created_at": now,
            "expires_at": now + conf.EVENTS_KEPT,
        }
        for event in events
    ]
    WebhookEvent.collection().insert_many(documents)
    return documents


def fan_out(event_ids: list[ObjectId]) -> None:
    """Make a delivery of each event for each active endpoint that wants it, exactly once; the task's own transaction.

    More than a transaction should take become tasks of their own.
    """
    once(partial(_in_parts if len(event_ids) > conf.FAN_OUT_MOST else _fan_out, event_ids))


def _in_parts(event_ids: list[ObjectId]) -> None:
    ids = [str(each) for each in event_ids]
    for start in range(0, len(ids), conf.FAN_OUT_MOST):
        enqueue("apps.webhooks.tasks.fan_out", ids[start : start + conf.FAN_OUT_MOST])


def _fan_out(event_ids: list[ObjectId]) -> None:
    endpoints = list(WebhookEndpoint.collection().find({"status": EndpointStatus.ACTIVE.value}))
    events = WebhookEvent.collection().find({"_id": {"$in": event_ids}}, {"type": 1}, sort=[("_id", 1)])
    new = [
        deliveries.document_of(event, endpoint_id=endpoint["_id"])
        for event in events
        for endpoint in endpoints
        if _wants(endpoint, event)
    ]
    if new:
        WebhookDelivery.collection().insert_many(new)
        deliveries.enqueue_all(new)


def _wants(endpoint: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    return endpoint["event_types"] is None or event["type"] in endpoint["event_types"]
