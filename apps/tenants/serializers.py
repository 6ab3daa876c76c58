"""What the routes of companies read and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.tenants.api import NAME_MAX_LENGTH
from apps.tenants.enums import CompanyStatus, PlanName
from novapulse.web import fields
from novapulse.web.contract import Contract


class CompanyChange(Contract):
    """What may be changed of a company; its slug and its country stay as they were given at signup."""

    name = fields.Text(max_length=NAME_MAX_LENGTH)


class Company(serializers.Serializer[Any]):
    """A company, as its members see it."""

    id = fields.Id()
    name = serializers.CharField()
    slug = serializers.CharField()
    country = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in CompanyStatus])
    plan = serializers.ChoiceField(choices=[plan.value for plan in PlanName])
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()
