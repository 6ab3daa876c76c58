"""What the health routes answer (after draft-inadarei-api-health-check)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

_STATES = ("pass", "warn")


class Liveness(serializers.Serializer[Any]):
    """The process is alive."""

    status = serializers.ChoiceField(choices=("pass",))


class Readiness(serializers.Serializer[Any]):
    """The process takes requests; `warn` where a dependency is away."""

    status = serializers.ChoiceField(choices=_STATES)
    checks = serializers.DictField(child=serializers.ChoiceField(choices=_STATES))
