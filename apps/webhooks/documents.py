"""Webhooks: tenant collections. Indexes are declared here and built by `manage.py ensure_indexes`."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import DateTimeField, DictField, IntField, ListField, StringField

from apps.webhooks.enums import DisabledReason, EndpointStatus
from novapulse.tenancy.document import TenantDocument

_COMPANY = ["location", "company_id"]


class WebhookEndpoint(TenantDocument):
    """Where a company wants to be told what happens.

    `event_types` is None where it wants everything. `secrets` are what deliveries are signed by, the newest first, at
    most two: `{sealed, created_at, ends_at}`, sealed by MASTER_KEY. `failures` counts deliveries that have failed since
    the last that did not.
    """

    url = StringField(required=True)
    description = StringField(required=True, default="")
    event_types = ListField(StringField(), null=True)
    status = StringField(required=True, choices=[status.value for status in EndpointStatus])
    disabled_reason = StringField(null=True, choices=[reason.value for reason in DisabledReason])
    secrets = ListField(DictField())
    failures = IntField(required=True, default=0)
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "webhook_endpoints",
        "indexes": [{"name": "created", "fields": [*_COMPANY, "created_at", "_id", "status"]}],
    }
