"""What the routes of oneself read and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.auth import conf
from apps.auth.enums import Role
from novapulse.web import fields
from novapulse.web.contract import Contract

_ROLES = [role.value for role in Role]


class ProfileChange(Contract):
    """What one may change of oneself here."""

    name = fields.Text(max_length=conf.NAME_MAX_LENGTH)


class CompanyName(serializers.Serializer[Any]):
    """A company, as one names it."""

    id = fields.Id()
    name = serializers.CharField()
    slug = serializers.CharField()


class Profile(serializers.Serializer[Any]):
    """A person in the company that the token is for; `id` is the person, `membership_id` what tasks point to."""

    id = fields.Id()
    name = serializers.CharField()
    email = serializers.CharField()
    email_verified = serializers.BooleanField()
    mfa_enabled = serializers.BooleanField(help_text="Whether signing in takes a second factor.")
    membership_id = fields.Id()
    role = serializers.ChoiceField(choices=_ROLES)
    company = CompanyName()
    acted_by = serializers.CharField(
        allow_null=True, help_text="Whoever of the platform's staff acts as this person by this token; null otherwise."
    )
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()


class Place(CompanyName):
    """A company that one works in, and as what."""

    role = serializers.ChoiceField(choices=_ROLES)
    membership_id = fields.Id()


class PlacePage(serializers.Serializer[Any]):
    """All of them: nobody is in so many that it would take pages."""

    data = Place(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)
