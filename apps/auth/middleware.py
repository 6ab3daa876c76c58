"""Who is asking, and may they be let in: the gate in front of every route that wants a credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apps.auth.domain import permissions, users
from apps.tenants.errors import CompanyReadOnly
from novapulse import context
from novapulse.errors import InvalidToken, Unauthenticated
from novapulse.gate import gate
from novapulse.resilience import deadline
from novapulse.web import cost, problems
from novapulse.web.view import operation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from apps.auth.domain.users import User
    from novapulse.gate.decision import Decision

_TRIES: Final = 2  # an API key whose role has changed is read again, once


class TokenRevocationMiddleware:
    """Refuse a credential that has ended, by one round trip to Redis, which decides about the company's limits as well.

    What would change something is refused here as well while the company is read-only (403): its limits say so.

    It leaves the user on `request.user` and the decision on `request.gate`, where TenantRateLimitMiddleware reads it.

    Fails closed: a bad or ended credential is 401, always in the same words; where neither Redis nor MongoDB can tell,
    the answer is 503 and never 401.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the rest of the way."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on: the decision waits until the route is known."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        _arguments: Sequence[object],
        _names: Mapping[str, object],
    ) -> HttpResponse | None:
        """Decide, once the route is known; a route for anybody goes on without."""
        operation = operation_of(view, method=str(request.method))
        if operation is None or operation.cost is None:
            return None
        try:
            deadline.check()
            units = cost.units(operation.cost, request)
            user, decision = _admitted(request, units=units)
        except problems.EXPECTED as error:
            return problems.respond(error, phase="gate")
        context.authenticate(user.principal, company_id=user.scope.company_id)
        _note(_verdict(decision), units=units)
        request.user, request.gate = user, decision  # type: ignore[assignment,attr-defined]  # ours, not Django's
        if _is_read_only(decision) and permissions.is_change(str(operation.permission)):
            return problems.respond(CompanyReadOnly())
        return None


def _admitted(request: HttpRequest, *, units: int) -> tuple[User, Decision]:
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        raise Unauthenticated
    user: User | None = users.of(header)
    for _ in range(_TRIES):
        if user is None:
            break
        decision = gate.current().decide(user.credential, units=units)
        if decision.revoked is None:
            return user, decision
        _note(f"ended_{decision.revoked}")
        user = users.again(user)
    raise InvalidToken


def _is_read_only(decision: Decision) -> bool:
    return decision.usage is not None and decision.usage.limits.is_read_only


def _verdict(decision: Decision) -> str:
    """Name what was decided, for whoever reads the log."""
    if decision.denied is not None:
        return f"denied_{decision.denied}"
    if decision.shadowed:
        return f"{context.SHADOWED}{decision.shadowed[0]}"
    return "let_in_without_redis" if decision.usage is not None and decision.usage.is_local else "let_in"


def _note(verdict: str, *, units: int = 0) -> None:
    trail = context.trail()
    if trail is not None:
        trail.gate, trail.units = verdict, units
