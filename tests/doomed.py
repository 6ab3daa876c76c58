"""A company that is to be deleted, with one of everything, beside another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from apps.audit import api as audit_api
from apps.operations.domain import deletions, sweeping
from apps.operations.domain.deletions import Terms
from novapulse import clock
from novapulse.data import registry
from novapulse.queues import names
from tests import dumps, planting
from tests.queues import make

if TYPE_CHECKING:
    from pymongo.database import Database

    from novapulse.tenancy.scope import Scope

    Stored = Database[dict[str, Any]]

GRACE = timedelta(days=30)


@dataclass
class World:
    """Two companies, each with one of everything, and the people of the first."""

    database: Stored
    ours: Scope
    rivals: Scope
    people: list[ObjectId]
    planted: set[str]

    def others(self) -> str:
        return dumps.dump_hash(self.database, without=[self.ours.company_id, *self.people])


def two_companies(database: Stored, homes: list[Scope]) -> World:
    """Give two companies, each with a document of every kind, a key in Redis, a dead letter, and a history."""
    audit_api.seal_waiting()
    people = [each["identity_id"] for each in database.memberships.find({"company_id": homes[0].company_id})]
    planted = [planting.plant(database, home) for home in homes]
    for home in homes:
        _leave_traces(home)
    return World(database, homes[0], homes[1], people, planted[0])


def _leave_traces(home: Scope) -> None:
    """Leave what is not in MongoDB."""
    company_id = str(home.company_id)
    registry.provider("redis").client().set(f"np:cache:{{c:{company_id}}}:x", 1)
    make()
    bury(f'{{"id":"{ObjectId()}","task":"t","company_id":"{company_id}"}}')
    staff, _ = User.objects.get_or_create(username="staff")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=staff, content_type=kind, object_id=company_id, object_repr="x", action_flag=CHANGE)


def bury(body: str) -> None:
    queue = names.physical(names.of_the_dead("default"))
    sqs: Any = registry.provider("sqs").client()
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody=body)


def asked() -> deletions.DeletionRecord:
    return deletions.ask("acme", Terms("asked for in case 4711", by="ops", grace=GRACE))


def swept(told: Any = lambda *_: None) -> deletions.DeletionRecord:
    with clock.shifted(GRACE + timedelta(minutes=1)):
        deletion = deletions.begin(deletions.of_company("acme").company_id)
        assert deletion is not None
        return sweeping.sweep(deletion, told=told)
