"""What MongoDB knows of work: what is unfinished, what was begun, what an operator has paused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Final

from mongoengine import DateTimeField, DictField, DynamicField, IntField, ObjectIdField, StringField

from novapulse.tenancy.document import PlatformDocument

KEPT: Final = timedelta(days=21)  # longer than a message can wait in a queue (4 days) and its dead-letter queue (14)


class OutboxRow(PlatformDocument):
    """A task that is unfinished: `due_at` is there as long as it is to be sent, `sent_at` once it was.

    The row goes when its task is finished, so that the rows are the unfinished work, whatever SQS makes of it.
    """

    id = ObjectIdField(primary_key=True)
    queue = StringField(required=True)
    company_id = StringField()
    body = StringField(required=True)
    enqueued_at = DateTimeField(required=True)
    due_at = DateTimeField()
    sent_at = DateTimeField()
    sent_by = StringField()
    unique = StringField()
    turns = IntField()  # how often it was put back

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "outbox",
        "indexes": [
            # With the company, so that those who are held back are passed over without a look at their tasks.
            {"fields": ["due_at", "_id", "company_id"], "partialFilterExpression": {"due_at": {"$exists": True}}},
            {"fields": ["sent_at"], "sparse": True},
            {"fields": ["queue", "company_id", "due_at"]},
            {"fields": ["queue", "enqueued_at"]},  # the oldest, which every process that serves looks for
            {"fields": ["unique"], "unique": True, "sparse": True},
        ],
    }


class InboxRow(PlatformDocument):
    """A task that was begun: by whom, under which fence, and what came of it."""

    id = ObjectIdField(primary_key=True)
    task = StringField(required=True)
    company_id = StringField()
    status = StringField(required=True)
    owner = StringField()
    fence = IntField(required=True)
    lease_until = DateTimeField()
    attempts = IntField(required=True)
    deaths = IntField(required=True)
    first_seen = DateTimeField()
    started_at = DateTimeField()
    ended_at = DateTimeField()
    result = DynamicField()
    error = DictField()

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "inbox",
        "indexes": [{"fields": ["ended_at"], "expireAfterSeconds": int(KEPT.total_seconds())}],
    }


class QueueControl(PlatformDocument):
    """What is held back (`novapulse.queues.controls`), or the lease of whoever sweeps the outbox."""

    name = StringField(primary_key=True)
    owner = StringField(required=True)
    at = DateTimeField()
    until = DateTimeField()
    gone_at = DateTimeField()

    company_field: ClassVar[str | None] = "_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "queue_controls",
        "indexes": [{"fields": ["gone_at"], "expireAfterSeconds": int(KEPT.total_seconds())}],
    }
