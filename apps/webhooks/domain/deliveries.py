"""Deliveries: each an event on its way to an endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId

from apps.webhooks import conf
from apps.webhooks.documents import WebhookDelivery
from apps.webhooks.domain import endpoints
from apps.webhooks.enums import DeliveryStatus
from novapulse import clock
from novapulse.data import keyset
from novapulse.tasks import enqueue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Document = dict[str, Any]

NEWEST_FIRST: Final = keyset.Order("created_at", descending=True)


@dataclass(frozen=True, slots=True)
class DeliverySearch:
    """Which deliveries: of which statuses, none for all, and made when: bounds by `$gte` and `$lt`."""

    statuses: Sequence[str] = ()
    created: Mapping[str, Any] = field(default_factory=dict)

    def where(self, endpoint_id: ObjectId) -> Document:
        """Give the filter."""
        where: Document = {"endpoint_id": endpoint_id}
        if self.statuses:
            where["status"] = {"$in": list(self.statuses)}
        if self.created:
            where["created_at"] = dict(self.created)
        return where


def document_of(event: Mapping[str, Any], *, endpoint_id: ObjectId, replay_of: ObjectId | None = None) -> Document:
    """Give the document of a new delivery, as it is stored."""
    now = clock.now()
    return {
        "_id": ObjectId(),
        "endpoint_id": endpoint_id,
        "event_id": event["_id"],
        "event_type": event["type"],
        "status": DeliveryStatus.PENDING.value,
        "attempts": [],
        "next_attempt_at": now,
        "replay_of": replay_of,
        "created_at": now,
        "settled_at": None,
        "expires_at": now + conf.DELIVERIES_KEPT,
    }


def enqueue_all(new: Iterable[Document]) -> None:
    """Have deliveries made, once the transaction under way is committed."""
    for delivery in new:
        enqueue("apps.webhooks.tasks.deliver", str(delivery["_id"]))


def page(
    endpoint_id: ObjectId, search: DeliverySearch, *, limit: int, after: keyset.Position | None = None
) -> keyset.Page:
    """Read one page of an endpoint's deliveries, the newest first: one command, a second one where there is none.

    Raises NotFound where there is no such endpoint.
    """
    walk = keyset.Walk(search.where(endpoint_id), NEWEST_FIRST, limit, hint="created")
    found = keyset.page(WebhookDelivery.collection(), walk, after=after)
    if not found.rows:
        endpoints.one(endpoint_id)
    return found
