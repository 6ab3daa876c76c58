"""Companies, their data keys, changes on their way to the gate: platform collections.

Only `apps.tenants.domain` touches them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BinaryField, BooleanField, DateTimeField, DictField, IntField, ObjectIdField, StringField

from apps.tenants.enums import CompanyStatus, PlanName
from novapulse.tenancy.document import PlatformDocument


class Company(PlatformDocument):
    """The tenant. `country` is its location; `credential_version` is what access tokens carry as `cv`.

    `holds` only ever grows: transactions that must not decide at the same time write to it. `limit_overrides` takes the
    place of figures of the plan, and `limits_version` grows with every change of either. Once its deletion has begun it
    cannot be resumed. `is_benchmark` marks what `seed_benchmark` has made, and may take away again.
    """

    name = StringField(required=True)
    slug = StringField(required=True)
    country = StringField(required=True)
    status = StringField(required=True, choices=[status.value for status in CompanyStatus])
    credential_version = IntField(required=True, default=1)
    holds = IntField(required=True, default=0)
    mfa_required = BooleanField(required=True, default=False)
    plan = StringField(required=True, choices=[plan.value for plan in PlanName], default=PlanName.FREE.value)
    limit_overrides = DictField()
    limits_version = IntField(required=True, default=1)
    deletion_begun_at = DateTimeField()
    is_benchmark = BooleanField(required=True, default=False)
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    company_field: ClassVar[str | None] = "_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "companies",
        "indexes": [
            {"fields": ["slug"], "unique": True},
            *({"fields": [field, "slug"]} for field in ("status", "plan", "country")),  # lists of operators
        ],
    }


class GateChange(PlatformDocument):
    """A change that the gate must hear of, written with the change itself; it goes once every process has heard.

    The fields are those of `novapulse.gate.decision.Change`.
    """

    level = StringField(required=True)
    subject = StringField(required=True)
    company_id = StringField()
    version = IntField(required=True, default=0)
    credential_id = StringField()
    created_at = DateTimeField(required=True)

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "gate_changes",
        "mentions": {
            "credential_id": "sessions",
            "subject": {
                "level": {
                    "company": "companies",
                    "limits": "companies",
                    "membership": "memberships",
                    "credential": ("sessions", "api_keys"),
                }
            },
        },
        "indexes": [{"fields": ["created_at"], "expireAfterSeconds": 7200}],  # Redis keeps what it contradicts for 3600
    }


class DataKey(PlatformDocument):
    """What is sealed for a company is sealed under this key: without it neither that nor a copy of it opens again.

    `wrapped` is sealed under a subkey of MASTER_KEY, whose fingerprint stands in `_id` behind the company's id.
    """

    id = StringField(primary_key=True)
    company_id = ObjectIdField(required=True)
    location = StringField(required=True)
    wrapped = BinaryField(required=True)
    created_at = DateTimeField(required=True)

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "data_keys",
        "indexes": [{"fields": ["company_id"]}],
    }
