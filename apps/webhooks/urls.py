"""Routes of the webhooks app."""

from __future__ import annotations

from django.urls import path

import novapulse.web.converters  # noqa: F401  registers <oid:...>
from apps.webhooks.views.deliveries import DeliveriesView, ReplayView, WebhookTestView
from apps.webhooks.views.endpoints import WebhookSecretView, WebhooksView, WebhookView

api = [
    path("webhooks", WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<oid:webhook_id>", WebhookView.as_view(), name="webhook"),
    path("webhooks/<oid:webhook_id>:rotate-secret", WebhookSecretView.as_view(), name="webhook-secret"),
    path("webhooks/<oid:webhook_id>:test", WebhookTestView.as_view(), name="webhook-test"),
    path("webhooks/<oid:webhook_id>/deliveries", DeliveriesView.as_view(), name="webhook-deliveries"),
    path("webhooks/<oid:webhook_id>/deliveries:replay", ReplayView.as_view(), name="webhook-replay"),
]
