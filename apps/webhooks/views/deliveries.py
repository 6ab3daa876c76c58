"""Deliveries: what was sent to a webhook, and what is to be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.webhooks.domain import deliveries, replays
from apps.webhooks.errors import TooManyDeliveries, WebhookDisabled
from apps.webhooks.serializers.deliveries import (
    Delivery,
    DeliveryPage,
    DeliveryQuery,
    Replay,
    Replayed,
    present,
    search_of,
)
from novapulse.web import pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse


class DeliveriesView(ApiView):
    """Those to a webhook."""

    operations = {
        "GET": Operation(
            "List the deliveries to a webhook",
            "webhooks.read",
            cost=Cost.READ,
            answer=DeliveryPage,
            query=DeliveryQuery,
        )
    }

    def get(self, request: HttpRequest, webhook_id: ObjectId) -> HttpResponse:
        """Show a page, the newest first. Deliveries are kept for 30 days."""
        after = pagination.read_cursor(request)
        found = deliveries.page(webhook_id, search_of(self.query), limit=self.query["limit"], after=after)
        return pagination.answer(request, map(present, found.rows), position=found.next)


class WebhookTestView(ApiView):
    """A trial of one."""

    operations = {
        "POST": Operation(
            "Send a webhook an event of no importance",
            "webhooks.send",
            cost=Cost.WRITE,
            answer=Delivery,
            status=202,
            problems=(WebhookDisabled,),
        )
    }

    def post(self, _request: HttpRequest, webhook_id: ObjectId) -> HttpResponse:
        """Send an event of the type `webhook.test`; the list of deliveries tells what came of it."""
        return rendering.answer(present(replays.send_test(webhook_id)), status=202)


class ReplayView(ApiView):
    """What is to be sent again."""

    operations = {
        "POST": Operation(
            "Make deliveries to a webhook again",
            "webhooks.send",
            cost=Cost.WRITE,
            answer=Replayed,
            status=202,
            body=Replay,
            problems=(WebhookDisabled, TooManyDeliveries),
        )
    }

    def post(self, _request: HttpRequest, webhook_id: ObjectId) -> HttpResponse:
        """Make up to 1,000 deliveries again, whatever became of them; the events keep their ids."""
        ids = self.body.get("ids")
        if ids is not None:
            count = replays.replay(webhook_id, ids=ids)
        else:
            count = replays.replay_found(webhook_id, search_of(self.body))
        return rendering.answer({"replayed": count}, status=202)
