"""Which hosts we answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import DisallowedHost

from novapulse.web import problems
from novapulse.web.refusals import UnknownHost

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_PROBES = "/health/"  # a load balancer asks each process by its address
_METRICS = "/metrics"  # and so does Prometheus


class HostMiddleware:
    """Refuse a Host that is not one of ALLOWED_HOSTS (RFC 9110, 7.2), except where health or metrics are asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the rest of the way."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on, or answer why not."""
        if request.path != _METRICS and not request.path.startswith(_PROBES):
            try:
                request.get_host()
            except DisallowedHost:
                return problems.respond(UnknownHost())
        return self.get_response(request)
