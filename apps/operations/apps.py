"""The Django application."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Operations."""

    name = "apps.operations"
    label = "novapulse_operations"
    verbose_name = "Operations"
