"""What the routes of companies read and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.tenants.api import NAME_MAX_LENGTH
from apps.tenants.enums import CompanyStatus, PlanName
from novapulse.gate.decision import POLICIES
from novapulse.web import fields
from novapulse.web.contract import Contract


class CompanyChange(Contract):
    """What may be changed of a company; its slug and its country stay as they were given at signup."""

    name = fields.Text(max_length=NAME_MAX_LENGTH)
    mfa_required = fields.Flag(help_text="Whether everybody of the company needs a second factor.")


class Company(serializers.Serializer[Any]):
    """A company, as its members see it."""

    id = fields.Id()
    name = serializers.CharField()
    slug = serializers.CharField()
    country = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in CompanyStatus])
    mfa_required = serializers.BooleanField()
    plan = serializers.ChoiceField(choices=[plan.value for plan in PlanName])
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()


class PolicyUsage(serializers.Serializer[Any]):
    """One limit: the company's quota, a person's share of it, or the requests at a time."""

    name = serializers.ChoiceField(choices=POLICIES)
    quota = serializers.IntegerField(help_text="Units, or requests at a time of `concurrency`.")
    window_seconds = serializers.IntegerField(required=False, help_text="In how long all of it comes back.")
    remaining = serializers.IntegerField(required=False, help_text="Units that are left to the company now.")
    reset_seconds = serializers.IntegerField(required=False, help_text="In how long all of them will be there again.")
    in_flight = serializers.IntegerField(required=False, help_text="Requests that are under way.")
    mode = serializers.ChoiceField(choices=["enforce", "shadow"], help_text="A policy in shadow refuses nothing.")


class CompanyUsage(serializers.Serializer[Any]):
    """How far a company has used its limits."""

    plan = serializers.ChoiceField(choices=[plan.value for plan in PlanName])
    degraded = serializers.BooleanField(help_text="The figures are those of one process, which decides by its share.")
    policies = PolicyUsage(many=True)
