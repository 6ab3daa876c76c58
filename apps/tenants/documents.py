"""Companies: a platform collection that only `apps.tenants.domain` touches."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import DateTimeField, IntField, StringField

from apps.tenants.enums import CompanyStatus
from novapulse.tenancy.document import PlatformDocument


class Company(PlatformDocument):
    """The tenant. `country` is its location; `credential_version` is what access tokens carry as `cv`.

    `holds` only ever grows: transactions that must not decide at the same time write to it.
    """

    name = StringField(required=True)
    slug = StringField(required=True)
    country = StringField(required=True)
    status = StringField(required=True, choices=[status.value for status in CompanyStatus])
    credential_version = IntField(required=True, default=1)
    holds = IntField(required=True, default=0)
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "companies",
        "indexes": [{"fields": ["slug"], "unique": True}],
    }
