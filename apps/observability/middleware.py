"""The outermost middleware."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from novapulse import context

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,128}", re.ASCII)
_RANDOM_BITS = 128  # a name, not a secret: no call into the kernel for it


class RequestContextMiddleware:
    """Name the request: take X-Request-ID where it is well formed, else make one; send it back with every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the rest of the way."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Run the rest of the way inside the request's context."""
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _ACCEPTED.fullmatch(given) else f"{random.getrandbits(_RANDOM_BITS):032x}"
        context.begin_request(request_id)
        try:
            response = self.get_response(request)
        finally:
            context.end_request()
        response.headers["X-Request-ID"] = request_id
        return response
