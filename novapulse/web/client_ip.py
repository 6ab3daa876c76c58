"""The client's address: what the outermost proxy of ours saw, never what the client says of itself."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Give the address that TRUSTED_PROXY_COUNT proxies vouch for: that many entries from the right of X-Forwarded-For.

    With no proxy, or with a header that is too short or malformed, it is the peer of the connection.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "")
    hops = settings.TRUSTED_PROXY_COUNT
    if hops == 0:
        return peer
    forwarded = [entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(forwarded) < hops:
        return peer
    try:
        return str(ip_address(forwarded[-hops]))
    except ValueError:
        return peer
