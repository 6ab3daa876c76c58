"""The Django application."""

from multiprocessing.util import Finalize

from django.apps import AppConfig

_FIRST = 100  # while the clients of the stores are still there


class AuthConfig(AppConfig):
    """Authentication."""

    name = "apps.auth"
    label = "novapulse_auth"
    verbose_name = "People and keys"

    def ready(self) -> None:
        """Let the OpenAPI document know our authentication, and write what is only noted before the process exits."""
        from apps.auth import (  # noqa: PLC0415  once the apps are ready
            api,
            schema,  # noqa: F401  registers itself
        )

        # Not by atexit: granian's workers are children of a fork, which leave without calling it.
        Finalize(None, api.flush_last_used, exitpriority=_FIRST)
