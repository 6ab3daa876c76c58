"""Breakers: what operators want of them, and what processes say of theirs."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import DateTimeField, StringField

from novapulse.tenancy.document import PlatformDocument


class BreakerSwitch(PlatformDocument):
    """A breaker that is held open or closed by hand, on all processes, until its time is over."""

    name = StringField(required=True)
    state = StringField(required=True)
    until = DateTimeField(required=True)
    by = StringField(required=True)
    at = DateTimeField(required=True)

    company_field: ClassVar[str | None] = None
    meta: ClassVar[dict[str, Any]] = {
        "collection": "breaker_switches",
        "indexes": [{"fields": ["name"], "unique": True}, {"fields": ["until"], "expireAfterSeconds": 3600}],
    }


class BreakerReport(PlatformDocument):
    """The latest change of state of one breaker in one process; nothing is written while nothing changes."""

    name = StringField(required=True)
    process = StringField(required=True)
    state = StringField(required=True)
    at = DateTimeField(required=True)

    company_field: ClassVar[str | None] = None
    meta: ClassVar[dict[str, Any]] = {
        "collection": "breaker_reports",
        "indexes": [{"fields": ["name", "process"], "unique": True}, {"fields": ["at"], "expireAfterSeconds": 86400}],
    }
