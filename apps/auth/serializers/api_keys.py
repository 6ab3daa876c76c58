"""What the routes of API keys read and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from apps.auth import conf
from apps.auth.domain import service_accounts
from apps.auth.domain.api_keys import Terms
from apps.auth.domain.permissions import OF_KEYS
from apps.auth.enums import Role
from apps.auth.serializers.members import ROLES
from novapulse import clock
from novapulse.web import fields
from novapulse.web.contract import Contract

if TYPE_CHECKING:
    from datetime import datetime

_SERVICE_ROLES = [role for role in ROLES if role != Role.OWNER]


class NewServiceAccount(Contract):
    """A member that is a program."""

    name = fields.Text(max_length=conf.NAME_MAX_LENGTH)
    role = fields.Choice(choices=_SERVICE_ROLES)


class NewApiKey(Contract):
    """What a key is for; without a service account it acts as you.

    `scopes` are permissions that narrow the role; without them the key carries all of it that keys may hold.
    """

    name = fields.Text(max_length=conf.NAME_MAX_LENGTH)
    scopes = fields.Array(
        child=fields.Choice(choices=sorted(OF_KEYS)),
        required=False,
        allow_null=True,
        allow_empty=False,
        max_length=conf.SCOPES_MOST,
    )
    expires_at = fields.Instant(
        required=False, allow_null=True, help_text="At most 366 days ahead, which is the default."
    )
    service_account = NewServiceAccount(required=False, allow_null=True)

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        """Take a moment in the coming year."""
        now = clock.now()
        if moment is not None and not now < moment <= now + conf.API_KEY_LIFETIME:
            days = conf.API_KEY_LIFETIME.days
            raise serializers.ValidationError(f"In the future, and at most {days} days ahead.", code="out-of-range")
        return moment


class ApiKey(serializers.Serializer[Any]):
    """An API key; `role` is what its member has now, `service_account` the name of one."""

    id = fields.Id()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True)
    role = serializers.ChoiceField(choices=ROLES)
    membership_id = fields.Id()
    service_account = serializers.CharField(allow_null=True)
    created_at = fields.Instant()
    expires_at = fields.Instant()
    last_used_at = fields.Instant(allow_null=True)


class IssuedApiKey(ApiKey):
    """A new key; `key` is shown this once."""

    key = serializers.CharField()


class ApiKeyPage(serializers.Serializer[Any]):
    """A page of API keys."""

    data = ApiKey(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)


def terms_of(body: dict[str, Any]) -> Terms:
    """Give what a key is to be made for."""
    scopes = body.get("scopes")
    return Terms(
        name=body["name"],
        scopes=None if scopes is None else tuple(scopes),
        expires_at=body.get("expires_at") or clock.now() + conf.API_KEY_LIFETIME,
    )


def service_account_of(body: dict[str, Any]) -> service_accounts.Wanted | None:
    """Give the service account that is to be made, None where the key acts as a person."""
    wanted = body.get("service_account")
    return None if wanted is None else service_accounts.Wanted(wanted["name"], Role(wanted["role"]))
