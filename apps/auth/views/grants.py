"""Answers that carry tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.auth.domain import grants
from apps.auth.domain.sessions import Device
from novapulse.web import rendering
from novapulse.web.client_ip import client_ip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from apps.auth.domain.grants import Grant


def device_of(request: HttpRequest) -> Device:
    """Tell where a sign-in comes from."""
    return Device(user_agent=request.META.get("HTTP_USER_AGENT", ""), address=client_ip(request))


def answer(grant: Grant, *, status: int = 200, besides: Mapping[str, Any] | None = None) -> HttpResponse:
    """Answer with the tokens, and what belongs beside them; nothing on the way may keep it (RFC 6749, 5.1)."""
    body = {**(besides or {}), **grants.present(grant)}
    return rendering.answer(body, status=status, headers={"Cache-Control": "no-store"})
