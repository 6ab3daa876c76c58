"""What the routes of invitations read and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.auth import conf
from apps.auth.enums import InvitationStatus
from apps.auth.serializers.credentials import Email, OneTimeCode, Password
from apps.auth.serializers.members import ROLES
from apps.auth.serializers.pages import ByCreationQuery
from novapulse.web import fields
from novapulse.web.contract import Contract

STATUSES = [status.value for status in InvitationStatus]


class InvitationQuery(ByCreationQuery):
    """Which invitations to list."""

    status = fields.CommaList(fields.Choice(choices=STATUSES), required=False)


class NewInvitation(Contract):
    """Whom to invite, and as what."""

    email = Email()
    role = fields.Choice(choices=ROLES)


class InvitationAnswer(Contract):
    """What whoever was invited sends: the mail's token; where there is no account yet, name and password make one."""

    token = fields.Text(max_length=conf.INVITATION_TOKEN_MAX_LENGTH)
    name = fields.Text(max_length=conf.NAME_MAX_LENGTH, required=False)
    password = Password(required=False)
    otp = OneTimeCode(required=False)


class Invitation(serializers.Serializer[Any]):
    """An invitation; its token travels by mail alone."""

    id = fields.Id()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=ROLES)
    status = serializers.ChoiceField(choices=STATUSES)
    invited_by_id = fields.Id()
    created_at = fields.Instant()
    expires_at = fields.Instant()


class InvitationPage(serializers.Serializer[Any]):
    """A page of invitations."""

    data = Invitation(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)
