"""Liveness, readiness, and the whole status for operators. No answer waits for a dependency."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from apps.health.domain import dependencies, own_faults, queues
from apps.health.domain.checks import worst
from apps.health.enums import State
from apps.health.serializers import Liveness, Readiness, Status
from novapulse.errors import Unauthenticated
from novapulse.web import operators, rendering
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from apps.health.domain.checks import Check

HEALTH_JSON: Final = "application/health+json"
_NO_STORE: Final = {"Cache-Control": "no-store"}


class LiveView(ApiView):
    """Liveness never touches a dependency: a restart would not heal one."""

    authentication_classes = ()
    operations = {"GET": Operation("Is this process alive?", None, answer=Liveness, needs_stores=False)}

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Say yes."""
        return rendering.answer({"status": State.PASS})


class ReadyView(ApiView):
    """Readiness reports shared dependencies as warnings: taking every process away at once helps nobody."""

    authentication_classes = ()
    operations = {
        "GET": Operation("Is this process ready for requests?", None, answer=Readiness, needs_stores=False, also=(503,))
    }

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Tell how each dependency is, without naming where; 503 for a fault of this process itself."""
        found = [*own_faults.found(), *dependencies.found(), *queues.found()]
        components = dict.fromkeys(check.component for check in found)
        checks = {name: worst(check.state for check in found if check.component == name) for name in components}
        return _answer(found, {"status": worst(checks.values()), "checks": checks})


class StatusView(ApiView):
    """For operators: it tells of our insides, so it wants a token of their own, which opens nothing else."""

    authentication_classes = ()
    operations = {
        "GET": Operation(
            "How is this process, and all that it depends on?",
            None,
            answer=Status,
            needs_stores=False,
            problems=(Unauthenticated,),
            also=(503,),
            media_type=HEALTH_JSON,
        )
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Give every measure with its age (draft-inadarei-api-health-check-06). Wants `OPERATOR_TOKEN` as bearer token.

        503 where this process has a fault of its own; a dependency that is away is a warning.
        """
        operators.refuse_others(request)
        found = [*own_faults.found(), *dependencies.found(), *queues.found()]
        checks = {f"{check.component}:{check.figure}": [_measured(check)] for check in found}
        return _answer(found, {"status": worst(check.state for check in found), "checks": checks}, kind=HEALTH_JSON)


def _answer(found: Iterable[Check], value: object, *, kind: str = rendering.JSON) -> HttpResponse:
    is_faulty = any(check.state is State.FAIL for check in found)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_faulty else HTTPStatus.OK
    return rendering.answer(value, status=status, headers=_NO_STORE, media_type=kind)


def _measured(check: Check) -> dict[str, Any]:
    measured = {
        "componentType": check.kind,
        "observedValue": check.value,
        "observedUnit": check.unit,
        "status": check.state,
        "time": check.at,
        "ageMs": round(check.age_seconds * 1000),
        "output": check.output,
    }
    return {name: value for name, value in measured.items() if value != ""}
