"""The whole look, over what the service itself has made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit import api as audit_api
from apps.operations.domain import isolation_scan
from apps.operations.domain.isolation import Fault
from novapulse.data import registry
from novapulse.tenancy import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from tests.api import Api

pytestmark = pytest.mark.usefixtures("queues", "at_once")


def furnished(owner: Api, new_member: Callable[..., Api]) -> None:
    """Have a company with something of most kinds."""
    member = new_member(owner, "member")
    owner.post("/webhooks", {"url": "https://hooks.example.com/in"})
    project = owner.post("/projects", {"key": "APP", "name": "App"}, Idempotency_Key="once").json()
    body = {"project_id": project["id"], "title": "One", "assignee_id": member.user["membership_id"]}
    task = member.post("/tasks", body).json()
    owner.post(f"/tasks/{task['id']}/comments", {"body": "Well done."})
    owner.post("/api-keys", {"name": "ci"})
    owner.post("/exports", {"format": "csv"})
    assert member.delete(f"/projects/{project['id']}", version=1).status_code == 403


def test_two_companies_at_work_are_found_good_and_a_crossing_between_them_is_found(
    acme: Api, rival: Api, new_member: Callable[..., Api], database: Database[dict[str, Any]]
) -> None:
    registry.provider("redis").client().flushdb()
    furnished(acme, new_member)
    furnished(rival, new_member)
    audit_api.seal_waiting()

    clean = isolation_scan.scan(None)
    database.tasks.update_one({"company_id": acme.company_id}, {"$set": {"assignee_id": rival.membership_id}})
    database.jobs.update_one({"company_id": acme.company_id}, {"$unset": {"company_id": ""}})
    found = isolation_scan.scan(None).findings

    assert clean.findings == []
    assert {"redis", "outbox", "tasks", "comments", "jobs", "sessions", "audit_events"} <= set(+clean.looked_at)
    assert {(each.kind, each.path, each.fault) for each in found} == {
        ("tasks", "assignee_id", Fault.FOREIGN),
        ("jobs", "company_id", Fault.NO_COMPANY),
    }
    assert isolation_scan.scan(rival.company_id).findings == []
    assert guard.violations() == 0


def test_about_as_many_documents_are_expected_as_there_are(acme: Api) -> None:
    assert isolation_scan.about_how_many() >= 4
    assert ObjectId.is_valid(acme.company["id"])
