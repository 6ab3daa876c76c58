"""Companies with tasks, written straight into MongoDB, and a signed token for each."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django

django.setup()

from bson import ObjectId
from django.conf import settings
from pymongo import MongoClient
from rich.progress import track

from apps.auth.domain import tokens
from apps.auth.domain.memberships import MembershipRecord
from apps.auth.domain.sessions import SessionRecord
from apps.auth.enums import Role
from apps.operations.domain import indexes
from apps.work.enums import TaskPriority, TaskStatus
from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPANIES = 200
TASKS_EACH = 1000
_STATUSES = [status.value for status in TaskStatus]
_PRIORITIES = [priority.value for priority in TaskPriority]


def companies_with_tasks() -> list[str]:
    """Write `COMPANIES` x `TASKS_EACH` tasks and build the indexes; give one access token per company."""
    indexes.apply(indexes.plan())
    chance, companies = random.Random(7), [ObjectId() for _ in range(COMPANIES)]  # noqa: S311  the same data each time
    with MongoClient[dict[str, Any]](settings.MONGO_URI) as client:
        tasks = client.get_default_database()["tasks"]
        for company_id in track(companies, description="seeding tasks"):
            tasks.insert_many(list(_tasks(company_id, chance=chance)), ordered=False)
    return [_token(company_id) for company_id in companies]


def _tasks(company_id: ObjectId, *, chance: random.Random) -> Iterator[dict[str, Any]]:
    projects, members = [ObjectId() for _ in range(4)], [ObjectId() for _ in range(8)]
    start = clock.now() - timedelta(days=100)
    for number in range(1, TASKS_EACH + 1):
        created = start + timedelta(minutes=number)
        yield {
            "location": "DE",
            "company_id": company_id,
            "number": number,
            "project_id": chance.choice(projects),
            "title": f"Collect the numbers of department {number} for the report",
            "description": "As agreed in the last meeting, with the figures of the four departments. " * 2,
            "status": chance.choice(_STATUSES),
            "priority": chance.choice(_PRIORITIES),
            "assignee_id": chance.choice(members),
            "reporter_id": chance.choice(members),
            "labels": chance.sample(["backend", "copy", "design", "urgent"], k=2),
            "points": float(chance.randint(1, 8)),
            "due_at": created + timedelta(days=chance.randint(1, 60)),
            "external_key": None,
            "comments_written": 0,
            "version": 1,
            "created_at": created,
            "updated_at": created,
        }


def _token(company_id: ObjectId) -> str:
    membership = MembershipRecord(ObjectId(), company_id, "DE", ObjectId(), Role.MEMBER, 1, 1)
    now = clock.now()
    session = SessionRecord(
        ObjectId(), membership.identity_id, membership.id, company_id, b"", 1, now, now + timedelta(days=1), None
    )
    return tokens.issue(session, membership=membership, company_version=1)
