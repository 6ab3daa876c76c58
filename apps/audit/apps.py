"""The Django application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Audit."""

    name = "apps.audit"
    label = "novapulse_audit"
    verbose_name = "Audit"
