"""A company's limits on every request of its people and services."""

from __future__ import annotations

import logging
import secrets
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Final

from django.http import StreamingHttpResponse

from apps.tenants.errors import QuotaExceeded
from novapulse import log
from novapulse.gate import gate
from novapulse.web import problems, ratelimit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from novapulse.gate.decision import Decision

_MOST_JITTER: Final = 0.2  # of the wait

_logger = logging.getLogger("novapulse.tenants")


class TenantRateLimitMiddleware:
    """Refuse what is beyond the company's limits (429), and tell on every answer how much of them is left.

    It decides nothing: the decision that TokenRevocationMiddleware has brought along from its one round trip is on
    `request.gate`, and where it is not, nobody is known and nothing is limited here.

    Without Redis the gate has decided by this process' share of the limits: nothing here waits or raises.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the rest of the way."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on; then write the headers, and give back the request's place among those of its company under way."""
        try:
            response = self.get_response(request)
        except BaseException:
            _end(request)
            raise
        decision = _decision(request)
        if decision is None:
            return response
        _describe(response, decision)
        if isinstance(response, StreamingHttpResponse):
            body: Iterable[bytes] = response.streaming_content  # type: ignore[assignment]  # we serve WSGI alone
            response.streaming_content = _HeldUntilClosed(body, release=partial(_end, request))
        else:
            _end(request)
        return response

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _arguments: Sequence[object],
        _names: Mapping[str, object],
    ) -> HttpResponse | None:
        """Refuse what the decision denies; log what it would have denied, were the policy enforced."""
        decision = _decision(request)
        if decision is None:
            return None
        for policy in decision.shadowed:
            log.event(_logger, "tenants.limit_shadowed", policy=policy, company_id=_company_id(request))
        if decision.denied is None or decision.usage is None:
            return None
        log.event(_logger, "tenants.limit_exceeded", policy=decision.denied, company_id=_company_id(request))
        wait = _wait_seconds(decision.retry_after_seconds)
        return problems.respond(QuotaExceeded(decision.denied, limits=decision.usage.limits, retry_after_seconds=wait))


class _HeldUntilClosed:
    """A body that is still being sent: its request is under way until the server closes it, sent or broken off."""

    def __init__(self, body: Iterable[bytes], *, release: Callable[[], None]) -> None:
        self._body = iter(body)
        self.close = release  # Django calls it when the response is closed

    def __iter__(self) -> Iterator[bytes]:
        return self._body


def _decision(request: HttpRequest) -> Decision | None:
    return getattr(request, "gate", None)


def _company_id(request: HttpRequest) -> str:
    return str(request.user.scope.company_id)  # type: ignore[union-attr]  # who passed the gate is novapulse.web.view.Authenticated


def _wait_seconds(real: float) -> int:
    """Give whole seconds, never less than the real wait; by chance longer, so that not all come back together."""
    least = max(1, ceil(real))
    return least + secrets.randbelow(ceil(least * _MOST_JITTER) + 1)


def _describe(response: HttpResponseBase, decision: Decision) -> None:
    if decision.usage is None:
        return
    wait = decision.retry_after_seconds
    for name, value in ratelimit.headers(decision.usage, denied=decision.denied, retry_after_seconds=wait).items():
        response.headers[name] = value


def _end(request: HttpRequest) -> None:
    decision = _decision(request)
    if decision is not None:
        gate.current().end(decision)
