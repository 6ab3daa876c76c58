"""The Django application."""

from django.apps import AppConfig


class HealthConfig(AppConfig):
    """Health."""

    name = "apps.health"
    label = "novapulse_health"
    verbose_name = "Health"
