"""What the routes of members read and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.auth.enums import MembershipKind, MembershipStatus, Role
from apps.auth.serializers.pages import ByCreationQuery
from novapulse.web import fields
from novapulse.web.contract import Contract

ROLES = [role.value for role in Role]


class MemberQuery(ByCreationQuery):
    """Which members to list."""

    role = fields.CommaList(fields.Choice(choices=ROLES), required=False)


class MemberChange(Contract):
    """What may be changed of a member."""

    role = fields.Choice(choices=ROLES)


class Member(serializers.Serializer[Any]):
    """A member of your company; `id` is what tasks point to."""

    id = fields.Id()
    name = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=ROLES)
    kind = serializers.ChoiceField(choices=[kind.value for kind in MembershipKind])
    status = serializers.ChoiceField(choices=[status.value for status in MembershipStatus])
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()


class MemberPage(serializers.Serializer[Any]):
    """A page of members."""

    data = Member(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)
