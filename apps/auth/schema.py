"""What the OpenAPI document says of our authentication. Importing this module registers it with drf-spectacular."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers by subclassing
    """Bearer tokens (RFC 6750): access tokens and API keys."""

    target_class = "apps.auth.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:  # noqa: ARG002  its base class
        """Give the security scheme."""
        description = "The access token of a session (a JWT), or an API key (`np_...`)."
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}
