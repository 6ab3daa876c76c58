"""The outermost middleware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse import context

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class RequestContextMiddleware:
    """Name the request: take X-Request-ID where it is well formed, else make one; send it back with every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the rest of the way."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Run the rest of the way inside the request's context."""
        request_id = context.request_id_of(request.META.get("HTTP_X_REQUEST_ID", ""))
        context.begin_request(request_id)
        try:
            response = self.get_response(request)
        finally:
            context.end_request()
        response.headers["X-Request-ID"] = request_id
        return response
