"""The time of a request: its budget, its end, and what it was spent on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from apps.resilience.domain import budgets, slow_requests
from novapulse.errors import Invalid
from novapulse.resilience import account, deadline
from novapulse.resilience.overruns import overruns
from novapulse.web import methods, problems
from novapulse.web.view import operation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_HEADER = "HTTP_X_REQUEST_TIMEOUT_MS"


class RequestTimeoutMiddleware:
    """Give the request its deadline: REQUEST_TIMEOUT_MS, or what X-Request-Timeout-Ms or the route shortens it to.

    Whatever waits for a store below ends with it, and the answer is 504 (`novapulse.web.overdue`). Python code between
    checkpoints is not interrupted: its answer goes out late, and the watch logs where it was (`overruns`). A slow
    request is logged once, with where its time went.

    Fails closed: a header that is no whole number of milliseconds is refused with 400.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the rest of the way."""
        self.get_response = get_response
        self._longest = settings.REQUEST_TIMEOUT_MS / 1000

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Run the rest of the way within the budget."""
        try:
            seconds = budgets.seconds(request.META.get(_HEADER), longest=self._longest)
        except Invalid as trouble:
            return problems.respond(trouble)
        with deadline.opened(seconds) as running:
            overruns.begin(running)
            try:
                response = self.get_response(request)
            finally:
                overruns.end()
        total, spent = running.elapsed(), account.current()
        if spent is not None and total >= spent.slow_seconds:
            slow_requests.report(_asked(request, status=response.status_code), total_seconds=total, spent=spent)
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        _arguments: Sequence[object],
        _names: Mapping[str, object],
    ) -> None:
        """Take what the route says of its time, once it is known and before anything has been asked of a store."""
        operation = operation_of(view, method=str(request.method))
        if operation is None:
            return
        running, spent = deadline.current(), account.current()
        if operation.timeout_ms is not None and running is not None:
            running.shorten(operation.timeout_ms / 1000)
        if operation.slow_ms is not None and spent is not None:
            spent.slow_seconds = operation.slow_ms / 1000


def _asked(request: HttpRequest, *, status: int) -> slow_requests.Asked:
    match = request.resolver_match
    company = getattr(getattr(request, "user", None), "scope", None)  # novapulse.web.view.Authenticated, once known
    return slow_requests.Asked(
        method=methods.told(request.method),
        route=None if match is None else match.route,
        status=status,
        company_id=None if company is None else str(company.company_id),
    )
