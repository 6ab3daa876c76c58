"""What was refused to somebody known, as seen from outside of every view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from apps.audit.domain import refusals
from novapulse import context

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_DENIED: Final = 403
_NOT_FOUND: Final = 404


class RefusalAuditMiddleware:
    """Write down what was denied (403) to whoever the gate has let in, and look after ids that were not found (404).

    Fails open: the answer is what it was.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the rest of the way."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on, then look at the answer."""
        response = self.get_response(request)
        if response.status_code in {_DENIED, _NOT_FOUND} and getattr(request, "gate", None) is not None:
            _tell(request, response)
        return response


def _tell(request: HttpRequest, response: HttpResponseBase) -> None:
    user: Any = request.user
    match = request.resolver_match
    if match is None:
        return
    if response.status_code == _NOT_FOUND:
        refusals.look_at(match.kwargs, home=user.scope)
    else:
        trail = context.trail()
        reason = (trail and trail.problem) or "denied"
        refusals.note_denied(f"{request.method} /{match.route}", reason=reason, home=user.scope)
