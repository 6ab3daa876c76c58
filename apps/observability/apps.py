"""The Django application."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """Observability."""

    name = "apps.observability"
    label = "novapulse_observability"
    verbose_name = "Observability"
