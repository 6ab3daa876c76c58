"""What was done: waiting to be sealed, sealed, and where each chain ends."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BinaryField, DateTimeField, DictField, IntField, ListField, ObjectIdField, StringField

from novapulse.tenancy.document import PlatformDocument, TenantDocument

_COMPANY = ["location", "company_id"]

# Who and what a record names may have gone since. Targets by the words that stand in `target.type`.
_MENTIONS = {
    "actor.membership_id": "memberships",
    "actor.credential_id": ("sessions", "api_keys"),
    "target.id": {
        "target.type": {
            "api_key": "api_keys",
            "comment": "comments",
            "company": "companies",
            "delivery": "webhook_deliveries",
            "endpoint": "webhook_endpoints",
            "invitation": "invitations",
            "job": "jobs",
            "member": "memberships",
            "project": "projects",
            "session": "sessions",
            "task": "tasks",
            "webhook": "webhook_endpoints",
        }
    },
}


class AuditPending(PlatformDocument):
    """A record as the transaction of its change has written it; it goes when it is sealed, within a second.

    Of any company, as the outbox: sign-ins and sealers are in no company's scope. `mac` shows that it is ours.
    """

    company_id = ObjectIdField(required=True)
    location = StringField(required=True)
    at = DateTimeField(required=True)
    action = StringField(required=True)
    mac = BinaryField(required=True)

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "audit_pending",
        "mentions": _MENTIONS,
        "indexes": [{"name": "company", "fields": ["company_id", "_id"]}],
    }


class AuditEvent(TenantDocument):
    """A sealed record: only ever inserted. `sequence` counts from 1 without gaps; `hash` links it to the one before.

    The hash is what anybody can compute again, `seal` what nobody without MASTER_KEY can make.
    """

    at = DateTimeField(required=True)
    action = StringField(required=True)
    outcome = StringField(required=True)
    reason = StringField(null=True)
    actor = DictField(required=True)
    target = DictField(null=True)
    changed = ListField(StringField())
    details = DictField()
    request_id = StringField(null=True)
    trace_id = StringField(null=True)
    address = StringField(null=True)
    sequence = IntField(required=True)
    hash = BinaryField(required=True)
    seal = BinaryField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "audit_events",
        "mentions": _MENTIONS,
        "indexes": [
            {"name": "sequence", "fields": [*_COMPANY, "sequence"], "unique": True},
            {"name": "all", "fields": [*_COMPANY, "at", "_id"]},
            {"name": "action", "fields": [*_COMPANY, "action", "at", "_id"]},
            {"name": "actor", "fields": [*_COMPANY, "actor.membership_id", "at", "_id"]},
            {"name": "target", "fields": [*_COMPANY, "target.id", "at", "_id"]},
        ],
    }


class AuditHead(TenantDocument):
    """The end of a company's chain, under the company's id; `seal` is made with MASTER_KEY, as a record's is.

    `looked` is what the last look at the chain has found (`inspection.Look`); nothing depends on it.
    """

    sequence = IntField(required=True)
    hash = BinaryField(required=True)
    seal = BinaryField(required=True)

    looked = DictField()

    meta: ClassVar[dict[str, Any]] = {"collection": "audit_heads", "references": {"_id": "companies"}}
