"""The Django application."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Companies."""

    name = "apps.tenants"
    label = "novapulse_tenants"
    verbose_name = "Tenants"
