"""Liveness and readiness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.health.serializers import Liveness, Readiness
from novapulse.data import registry
from novapulse.web import rendering
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class LiveView(ApiView):
    """Liveness never touches a dependency: a restart would not heal one."""

    authentication_classes = ()
    operations = {"GET": Operation("Is this process alive?", None, answer=Liveness, needs_stores=False)}

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Say yes."""
        return rendering.answer({"status": "pass"})


class ReadyView(ApiView):
    """Readiness reports shared dependencies as warnings: taking every process away at once helps nobody."""

    authentication_classes = ()
    operations = {"GET": Operation("Is this process ready for requests?", None, answer=Readiness, needs_stores=False)}

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Ping every dependency, without naming where it is."""
        found = [provider.health() for provider in registry.providers()]
        checks = {health.name: "pass" if health.ok else "warn" for health in found}
        status = "pass" if all(health.ok for health in found) else "warn"
        return rendering.answer({"status": status, "checks": checks}, headers={"Cache-Control": "no-store"})
