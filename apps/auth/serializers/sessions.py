"""What the routes of one's own sessions answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.auth.enums import SessionKind
from apps.auth.serializers.me import CompanyName
from novapulse.web import fields


class MySession(serializers.Serializer[Any]):
    """A sign-in on one device; `last_used_at` is when its refresh token was last used.

    Of the kind `operator` is one in which `acted_by`, of the platform's staff, acts as the person, for a while.
    """

    id = fields.Id()
    kind = serializers.ChoiceField(choices=[kind.value for kind in SessionKind])
    acted_by = serializers.CharField(allow_null=True)
    company = CompanyName()
    user_agent = serializers.CharField()
    address = serializers.CharField()
    created_at = fields.Instant()
    last_used_at = fields.Instant()
    expires_at = fields.Instant()
    current = serializers.BooleanField(help_text="Whether it is the one that asks.")


class MySessionPage(serializers.Serializer[Any]):
    """A page of sessions."""

    data = MySession(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)
