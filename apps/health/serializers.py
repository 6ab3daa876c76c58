"""What the health routes answer (after draft-inadarei-api-health-check-06)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.health.enums import State

_STATES = tuple(State)


class Liveness(serializers.Serializer[Any]):
    """The process is alive."""

    status = serializers.ChoiceField(choices=(State.PASS,))


class Readiness(serializers.Serializer[Any]):
    """Whether the process should get requests: `warn` where a dependency is away, `fail` for a fault of its own."""

    status = serializers.ChoiceField(choices=_STATES)
    checks = serializers.DictField(child=serializers.ChoiceField(choices=_STATES))


class Measured(serializers.Serializer[Any]):
    """One thing that was measured."""

    componentType = serializers.CharField()  # noqa: N815  the draft's name, as those below
    observedValue = serializers.JSONField()  # noqa: N815  the draft's
    observedUnit = serializers.CharField(required=False)  # noqa: N815  the draft's
    status = serializers.ChoiceField(choices=_STATES)
    time = serializers.DateTimeField()
    ageMs = serializers.IntegerField()  # noqa: N815  the draft's
    output = serializers.CharField(required=False)


class Status(serializers.Serializer[Any]):
    """How the process and everything that it depends on are, measure by measure."""

    status = serializers.ChoiceField(choices=_STATES)
    checks = serializers.DictField(child=Measured(many=True))
