"""The outermost middleware: what is known of a request, from its first moment until everybody was told of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from apps.observability.domain import telling
from apps.observability.domain.finished import Finished
from novapulse import clock, context
from novapulse.resilience.account import Account
from novapulse.telemetry import traces
from novapulse.web import methods
from novapulse.web.client_ip import client_ip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class RequestContextMiddleware:
    """Name the request: take X-Request-ID where it is well formed, else make one; send it back with every answer.

    The same for its place in a trace (traceparent). Its account of the stores is open meanwhile, and when it is
    answered those are told who write about it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the rest of the way."""
        self.get_response = get_response
        self._slow = settings.SLOW_REQUEST_MS / 1000

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Run the rest of the way inside the request's context."""
        began_at = clock.monotonic()
        given = context.request_id_of(request.META.get("HTTP_X_REQUEST_ID", ""))
        trail = context.begin_request(given, traceparent=request.META.get("HTTP_TRACEPARENT", ""))
        trail.address = client_ip(request)
        traces.begin(trail)
        try:
            with Account(slow_seconds=self._slow) as spent:
                response = self.get_response(request)
            method, status = methods.told(request.method), response.status_code
            telling.tell(Finished(method, trail.route, status, began_at, clock.monotonic(), trail, spent))
        finally:
            context.end_request()
        response.headers["X-Request-ID"] = given
        return response

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _arguments: Sequence[object],
        _names: Mapping[str, object],
    ) -> None:
        """Note the route, for whatever is told from now on."""
        trail, match = context.trail(), request.resolver_match
        if trail is not None and match is not None:
            trail.route = match.route
