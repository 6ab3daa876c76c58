"""Deletions of companies: a platform collection that only `apps.operations.domain` touches."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import DateTimeField, DictField, ObjectIdField, StringField

from novapulse.tenancy.document import PlatformDocument


class Deletion(PlatformDocument):
    """That a company is to be deleted, how far that has come, and in the end its certificate; under the company's id.

    `ticket` is what its task has, so that a task neither names the company nor acts by terms that were changed since.
    `removed` counts what was taken away, by store and collection. `chain` is where the company's audit has ended,
    `{records, hash}`. `public_key` is the JWK that checks the certificate, whatever MASTER_KEY is by then. One that
    has `begun_at` is never undone; one that has `finished_at` stays for good.
    """

    slug = StringField(required=True)
    ticket = ObjectIdField(required=True)
    location = StringField(required=True)
    asked_at = DateTimeField(required=True)
    asked_by = StringField(required=True)
    reason = StringField(required=True)
    delete_at = DateTimeField(required=True)
    begun_at = DateTimeField()
    removed = DictField()
    chain = DictField()
    key_destroyed_at = DateTimeField()
    finished_at = DateTimeField()
    certificate = StringField()
    public_key = DictField()

    company_field: ClassVar[str | None] = "_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "deletions",
        "no_references": ("ticket",),
        "indexes": [
            {"fields": ["ticket"], "unique": True},
            {"fields": ["slug", "asked_at"]},
        ],
    }
