"""What signup, login, refresh and switch read and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.auth import conf
from apps.auth.enums import Role
from apps.auth.serializers.credentials import Email, GrantAnswer, NewPassword, OneTimeCode, Password, Slug
from apps.tenants import api as tenants_api
from apps.tenants.api import CompanyStatus
from novapulse.web import fields
from novapulse.web.contract import Contract


class Signup(Contract):
    """A company and its owner."""

    company_name = fields.Text(max_length=tenants_api.NAME_MAX_LENGTH)
    company_slug = Slug()
    country = fields.Choice(choices=sorted(tenants_api.COUNTRIES))
    name = fields.Text(max_length=conf.NAME_MAX_LENGTH)
    email = Email()
    password = NewPassword()


class Login(Contract):
    """Who signs in, and into which company where there are several."""

    email = Email()
    password = Password()
    company_slug = Slug(required=False)
    otp = OneTimeCode(required=False)


class Refresh(Contract):
    """The refresh token of the last answer."""

    refresh_token = fields.Text(max_length=conf.REFRESH_TOKEN_MAX_LENGTH)


class Switch(Contract):
    """The company to go on in."""

    company_slug = Slug()


class FoundedCompany(serializers.Serializer[Any]):
    """A company as it has just been founded."""

    id = fields.Id()
    name = serializers.CharField()
    slug = serializers.CharField()
    country = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in CompanyStatus])
    mfa_required = serializers.BooleanField()
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()


class Owner(serializers.Serializer[Any]):
    """The person who has founded it."""

    id = fields.Id()
    name = serializers.CharField()
    email = serializers.CharField()
    membership_id = fields.Id()
    role = serializers.ChoiceField(choices=[role.value for role in Role])


class SignupAnswer(GrantAnswer):
    """The company, its owner, and the owner's tokens."""

    company = FoundedCompany()
    user = Owner()
