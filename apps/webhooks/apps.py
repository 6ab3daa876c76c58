"""The Django application."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Webhooks."""

    name = "apps.webhooks"
    label = "novapulse_webhooks"
    verbose_name = "Webhooks"
