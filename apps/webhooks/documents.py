"""Webhooks: tenant collections. Indexes are declared here and built by `manage.py ensure_indexes`."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    DictField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)

from apps.webhooks.enums import DeliveryStatus, DisabledReason, EndpointStatus
from novapulse.tenancy.document import TenantDocument

_COMPANY = ["location", "company_id"]
_NOT_DELIVERED = sorted({each.value for each in DeliveryStatus} - {DeliveryStatus.DELIVERED.value})


class WebhookEndpoint(TenantDocument):
    """Where a company wants to be told what happens.

    `event_types` is None where it wants everything. `secrets` are what deliveries are signed by, the newest first, at
    most two: `{sealed, created_at, ends_at}`, sealed under the company's data key. `failures` counts deliveries that
    have failed since the last that did not.
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


class WebhookEvent(TenantDocument):
    """Something that has happened, in the very bytes that every delivery of it carries and signs."""

    type = StringField(required=True)
    body = BinaryField(required=True)
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "webhook_events",
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }


class WebhookDelivery(TenantDocument):
    """An event on its way to an endpoint. `attempts` are at most as many as the schedule has, `next_attempt_at` a plan.

    Each attempt is `{at, status, ms, error, response}`: the status is None where there was no answer, the error then a
    word for why. `replay_of` is the delivery that somebody asked to be made again. `is_dead`: it has failed because its
    task is a dead letter; it goes on if an operator has that tried anew.
    """

    endpoint_id = ObjectIdField(required=True)
    event_id = ObjectIdField(required=True)
    event_type = StringField(required=True)
    status = StringField(required=True, choices=[status.value for status in DeliveryStatus])
    attempts = ListField(DictField())
    next_attempt_at = DateTimeField(null=True)
    replay_of = ObjectIdField(null=True)
    created_at = DateTimeField(required=True)
    settled_at = DateTimeField(null=True)
    is_dead = BooleanField()
    expires_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "webhook_deliveries",
        "mentions": {
            "endpoint_id": "webhook_endpoints",
            "event_id": "webhook_events",
            "replay_of": "webhook_deliveries",
        },
        "indexes": [
            {"name": "created", "fields": [*_COMPANY, "endpoint_id", "created_at", "_id", "status"]},
            {
                "name": "status",  # of all endpoints, for operators; nearly all are delivered, and so not in it
                "fields": [*_COMPANY, "status", "endpoint_id", "created_at", "_id"],
                "partialFilterExpression": {"status": {"$in": _NOT_DELIVERED}},
            },
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }
