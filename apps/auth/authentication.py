"""Who is asking, by their access token; and may they, by the permission table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.exceptions import TokenError

from apps.auth.domain import permissions
from apps.auth.domain.verified import verified
from novapulse.errors import InvalidToken, Unauthenticated

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.views import APIView

    from apps.auth.domain.tokens import AccessToken, AccessUser

_SCHEME = "bearer"  # schemes are compared without case (RFC 9110, 11.1)


class AccessTokenAuthentication(JWTStatelessUserAuthentication):
    """simplejwt's stateless authentication for tokens of ours: no store is asked for a token that was verified before.

    Fails closed: without any signing key in memory and without MongoDB the driver's error goes through, which is a 503.
    """

    def authenticate(self, request: HttpRequest) -> tuple[AccessUser, AccessToken] | None:  # type: ignore[override]  # plain Django requests
        """Give user and token, None without an Authorization header.

        Raises Unauthenticated for another scheme and InvalidToken for a bad token: the same body, whatever the fault.
        """
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != _SCHEME:
            raise Unauthenticated
        try:
            user = verified.user_of(token)
        except TokenError as error:
            raise InvalidToken from error
        return user, user.access_token


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
