"""The Django application."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """Work."""

    name = "apps.work"
    label = "novapulse_work"
    verbose_name = "Work"
