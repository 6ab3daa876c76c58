"""Webhooks: where a company wants to be told what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from apps.webhooks.domain import endpoints
from apps.webhooks.errors import TooManyWebhooks
from apps.webhooks.serializers.endpoints import (
    IssuedWebhook,
    Webhook,
    WebhookChange,
    WebhookCreation,
    WebhookPage,
    changes_of,
    new_endpoint,
    present,
)
from novapulse.web import etag, pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.pagination import PageQuery
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse

    from apps.webhooks.domain.endpoints import Issued


class WebhooksView(ApiView):
    """All of them."""

    operations = {
        "GET": Operation("List the webhooks", "webhooks.read", cost=Cost.READ, answer=WebhookPage, query=PageQuery),
        "POST": Operation(
            "Create a webhook; its secret is shown this once",
            "webhooks.create",
            cost=Cost.WRITE,
            answer=IssuedWebhook,
            status=201,
            located=True,
            body=WebhookCreation,
            issues_credential=True,
            problems=(TooManyWebhooks,),
        ),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page, the oldest first."""
        found = endpoints.page(limit=self.query["limit"], after=pagination.read_cursor(request))
        return pagination.answer(request, map(present, found.rows), position=found.next)

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Make one: it is told of every change that begins after the answer."""
        issued = endpoints.create(new_endpoint(self.body))
        location = reverse("webhook", kwargs={"webhook_id": issued.endpoint["_id"]})
        return _issued(issued, status=201, headers={"Location": location})


class WebhookView(ApiView):
    """One of them."""

    operations = {
        "GET": Operation("Read a webhook", "webhooks.read", cost=Cost.READ, answer=Webhook),
        "PATCH": Operation(
            "Change, disable or reactivate a webhook",
            "webhooks.update",
            cost=Cost.WRITE,
            answer=Webhook,
            body=WebhookChange,
            partial=True,
            conditional=True,
        ),
        "DELETE": Operation("Delete a webhook", "webhooks.delete", cost=Cost.WRITE, status=204, conditional=True),
    }

    def get(self, request: HttpRequest, webhook_id: ObjectId) -> HttpResponse:
        """Show the webhook, without its secret."""
        document = endpoints.one(webhook_id)
        if etag.unchanged(request, version=document["version"]):
            return etag.not_modified(document["version"])
        return rendering.answer(present(document), headers={"ETag": etag.of(document["version"])})

    def patch(self, _request: HttpRequest, webhook_id: ObjectId) -> HttpResponse:
        """Change the webhook by a merge patch. A disabled one is sent nothing; what happens meanwhile passes it by."""
        document = endpoints.update(webhook_id, changes=changes_of(self.body), version=self.expected_version)
        return rendering.answer(present(document), headers={"ETag": etag.of(document["version"])})

    def delete(self, _request: HttpRequest, webhook_id: ObjectId) -> HttpResponse:
        """Delete the webhook; what is on its way to it is not sent any more."""
        endpoints.delete(webhook_id, version=self.expected_version)
        return rendering.nothing()


class WebhookSecretView(ApiView):
    """The secret of one of them."""

    operations = {
        "POST": Operation(
            "Give a webhook another secret; it is shown this once",
            "webhooks.rotate",
            cost=Cost.WRITE,
            answer=IssuedWebhook,
            issues_credential=True,
        )
    }

    def post(self, _request: HttpRequest, webhook_id: ObjectId) -> HttpResponse:
        """Make another secret. The one before signs beside it for a day; rotating again ends that one at once."""
        return _issued(endpoints.rotate_secret(webhook_id), status=200, headers={})


def _issued(issued: Issued, *, status: int, headers: dict[str, str]) -> HttpResponse:
    """Answer with the secret: nothing on the way may keep it, and no idempotency record does."""
    body = {**present(issued.endpoint), "secret": issued.secret}
    headers |= {"ETag": etag.of(issued.endpoint["version"]), "Cache-Control": "no-store"}
    return rendering.answer(body, status=status, headers=headers)
