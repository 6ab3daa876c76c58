"""Who is asking, by their access token or API key; and may they, by the permission table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from apps.auth.domain import permissions
from apps.auth.errors import MfaRequired

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.views import APIView

    from apps.auth.domain.users import User
    from novapulse.gate.decision import Credential


class AccessTokenAuthentication(JWTStatelessUserAuthentication):
    """simplejwt's stateless authentication, for whoever TokenRevocationMiddleware has let in.

    Fails closed: what has not been through the gate is nobody.
    """

    def authenticate(self, request: HttpRequest) -> tuple[User, Credential] | None:  # type: ignore[override]  # plain Django requests
        """Give user and credential, None where the gate has let nobody in."""
        if getattr(request, "gate", None) is None:
            return None
        user: Any = request.user
        return user, user.credential


class RolePermission(BasePermission):
    """Grants what the permission table grants to the role, where the credential's scopes do not leave it out.

    Raises MfaRequired where nothing but a second factor is missing.
    """

    def has_permission(self, request: HttpRequest, view: APIView) -> bool:
        """Tell whether the user may call this method of this view."""
        user: Any = request.user
        operations: Any = getattr(view, "operations", {})
        operation = operations.get("GET" if request.method == "HEAD" else request.method)
        if operation is None or operation.permission is None:
            return False
        role, scopes = user.principal.role, user.principal.scopes
        if permissions.is_granted(operation.permission, role=role, scopes=scopes):
            return True
        if scopes == permissions.WITHOUT_MFA and permissions.is_granted(operation.permission, role=role):
            raise MfaRequired
        return False
