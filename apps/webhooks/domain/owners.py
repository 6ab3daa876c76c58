"""Which company a webhook belongs to: asked across tenants, by whoever may go there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.webhooks.documents import WebhookEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bson import ObjectId


def _owner(id_: ObjectId) -> ObjectId | None:
    found = WebhookEndpoint.collection().find_one({"_id": id_}, {"company_id": 1})
    return None if found is None else found["company_id"]


OWNERS: Mapping[str, Callable[[ObjectId], ObjectId | None]] = {"webhook_id": _owner}
