"""The Django application."""

import atexit

from django.apps import AppConfig


class AuthConfig(AppConfig):
    """Authentication."""

    name = "apps.auth"
    label = "novapulse_auth"
    verbose_name = "Authentication"

    def ready(self) -> None:
        """Let the OpenAPI document know our authentication, and write what is only noted before the process exits."""
        from apps.auth import (  # noqa: PLC0415  once the apps are ready
            api,
            schema,  # noqa: F401  registers itself
        )

        atexit.register(api.flush_last_used)
