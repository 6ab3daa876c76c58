"""Who is asking, by their access token or API key; and may they, by the permission table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from apps.auth.domain import permissions, users

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.views import APIView

    from apps.auth.domain.users import User
    from novapulse.gate.decision import Credential


class AccessTokenAuthentication(JWTStatelessUserAuthentication):
    """simplejwt's stateless authentication for credentials of ours: no store is asked for one that was used before.

    Fails closed: where a store has to be asked and is away, the driver's error goes through, which is a 503.
    """

    def authenticate(self, request: HttpRequest) -> tuple[User, Credential] | None:  # type: ignore[override]  # plain Django requests
        """Give user and credential, None without an Authorization header.

        Raises Unauthenticated for another scheme and InvalidToken for a bad credential: the same body for all of them.
        """
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        user = users.of(header)
        return user, user.credential


class RolePermission(BasePermission):
    """Grants what the permission table grants to the role, where the credential's scopes do not leave it out."""

    def has_permission(self, request: HttpRequest, view: APIView) -> bool:
        """Tell whether the user may call this method of this view."""
        user: Any = request.user
        operations: Any = getattr(view, "operations", {})
        operation = operations.get("GET" if request.method == "HEAD" else request.method)
        if operation is None or operation.permission is None:
            return False
        return permissions.is_granted(operation.permission, role=user.principal.role, scopes=user.principal.scopes)
