"""The Django application."""

from django.apps import AppConfig


class AuthConfig(AppConfig):
    """Authentication."""

    name = "apps.auth"
    label = "novapulse_auth"
    verbose_name = "Authentication"

    def ready(self) -> None:
        """Let the OpenAPI document know our authentication."""
        from apps.auth import schema  # noqa: F401, PLC0415  registers itself, once the apps are ready
