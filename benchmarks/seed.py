"""Companies with tasks, written straight into MongoDB, and a signed token for each."""

from __future__ import annotations

import logging
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django

django.setup()
logging.disable()  # the audit tells of every company

from bson import ObjectId
from django.conf import settings
from pymongo import MongoClient
from rich.progress import track

from apps.auth.domain import grants, identities, memberships, sessions
from apps.auth.enums import Role
from apps.operations.domain import indexes
from apps.tenants import api as tenants_api
from apps.tenants.domain import limits
from apps.tenants.domain.limits import Agreement
from apps.work.enums import TaskPriority, TaskStatus
from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apps.tenants.api import CompanyRecord

COMPANIES = 200
TASKS_EACH = 1000
_OUT_OF_THE_WAY = Agreement(quota=1_000_000, window_seconds=60, concurrency=1000)
_STATUSES = [status.value for status in TaskStatus]
_PRIORITIES = [priority.value for priority in TaskPriority]


def companies_with_tasks(companies: int = COMPANIES) -> list[str]:
    """Write so many companies x `TASKS_EACH` tasks and build the indexes; give one access token per company."""
    indexes.apply(indexes.plan())
    chance, found = random.Random(7), []  # noqa: S311  the same data each time
    with MongoClient[dict[str, Any]](settings.MONGO_URI) as client:
        tasks = client.get_default_database()["tasks"]
        for number in track(range(companies), description="seeding tasks"):
            company = _company(f"company-{number}", _OUT_OF_THE_WAY)
            tasks.insert_many(list(_tasks(company.id, chance=chance)), ordered=False)
            found.append(_token(company))
    return found


def company_with_limits(*, quota: int, window_seconds: int) -> str:
    """Found one company with limits of its own and build the indexes; give an access token."""
    indexes.apply(indexes.plan())
    return _token(_company("company", Agreement(quota=quota, window_seconds=window_seconds, concurrency=1000)))


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


def _company(slug: str, agreement: Agreement) -> CompanyRecord:
    company = tenants_api.create_company(name=slug, slug=slug, country="DE")
    limits.agree(slug, agreement)
    return company


def _token(company: CompanyRecord) -> str:
    """Sign somebody of the company in: the gate asks whether their session is there."""
    email = f"member@{company.slug}.example"
    identity = identities.create(email=email, name="Some One", password_hash="none", verified=True)  # noqa: S106  opens nothing
    membership = memberships.create(
        company_id=company.id, location=company.country, identity_id=identity.id, role=Role.MEMBER
    )
    session = sessions.start(membership, device=sessions.Device("benchmark", "127.0.0.1"))
    return grants.of(session, membership=membership, company=company).access_token
