"""The public keys, for whoever wants to verify our tokens."""
# ruff: noqa: ARG002  every handler is given the request

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth import conf
from apps.auth.domain.key_ring import ring
from apps.auth.serializers.keys import PublicKeys
from novapulse.web import rendering
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class KeysView(ApiView):
    """A JWK set (RFC 7517)."""

    authentication_classes = ()
    operations = {"GET": Operation("Read the keys that verify access tokens", None, answer=PublicKeys)}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them; anybody may keep them for a while."""
        found = [key.as_jwk() for key in ring.all()]
        headers = {"Cache-Control": f"public, max-age={conf.JWKS_MAX_AGE_SECONDS}"}
        return rendering.answer({"keys": found}, headers=headers)
