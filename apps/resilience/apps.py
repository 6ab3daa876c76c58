"""The Django application."""

from django.apps import AppConfig


class ResilienceConfig(AppConfig):
    """Resilience."""

    name = "apps.resilience"
    label = "novapulse_resilience"
    verbose_name = "Resilience"
