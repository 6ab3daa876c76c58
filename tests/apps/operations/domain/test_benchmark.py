"""A benchmark's companies are made as the service itself would have made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit import api as audit_api
from apps.operations.domain import benchmark, benchmark_plan, isolation_scan
from apps.tenants import api as tenants_api
from novapulse.data import registry
from novapulse.errors import Conflict, Denied
from novapulse.tenancy import guard, scope

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api

SIZES = benchmark_plan.sizes(companies=3, tasks=40)


def make() -> int:
    seen: list[int] = []
    made = benchmark.make(SIZES, seed=1, seen=seen.append)
    assert made >= sum(seen) > 0
    return made


@pytest.mark.usefixtures("queues", "at_once")
def test_what_is_made_is_isolated_sealed_and_counted(database: Database[dict[str, Any]]) -> None:
    registry.provider("redis").client().flushdb()
    made = make()
    kept = ("companies", "identities", "memberships", "projects", "tasks", "comments")
    report = isolation_scan.scan(None)

    assert made == sum(database[name].count_documents({}) for name in kept)
    assert database.tasks.count_documents({}) == sum(each.tasks for each in SIZES)
    assert report.findings == []
    assert guard.violations() == 0
    for company in tenants_api.every_company():
        verdict = audit_api.verify(company.home, anchors={}, seen=lambda _count: None)
        assert (verdict.is_good, verdict.records) == (True, 1)


def test_the_service_goes_on_from_what_was_made(database: Database[dict[str, Any]]) -> None:
    make()
    company = tenants_api.company_by_slug("bench-000001")
    assert company is not None
    with scope.company(company.id, location=company.country):
        for project in database.projects.find({"company_id": company.id}):
            highest = database.tasks.find_one({"project_id": project["_id"]}, sort=[("number", -1)])
            assert highest is not None
            assert highest["number"] == project["next_number"] - 1
    written = {each["_id"]: each["comments_written"] for each in database.tasks.find({"comments_written": {"$gt": 0}})}
    counted = database.comments.aggregate([{"$group": {"_id": "$task_id", "count": {"$sum": 1}}}])
    assert {each["_id"]: each["count"] for each in counted} == written


def test_nothing_is_made_twice_or_unasked_beside_companies_of_others(acme: Api) -> None:
    assert ObjectId.is_valid(acme.company["id"])
    with pytest.raises(Conflict, match="1 companies of others"):
        benchmark.check(may_stand_beside=False)
    benchmark.check(may_stand_beside=True)
    make()
    with pytest.raises(Conflict, match="--remove takes them away"):
        benchmark.check(may_stand_beside=True)


def test_nothing_is_made_in_production(settings: Any) -> None:
    settings.BENCHMARK_IS_ALLOWED = False
    with pytest.raises(Denied, match="This is production"):
        benchmark.check(may_stand_beside=True)


def test_where_a_company_cannot_be_filled_all_of_it_has_failed(database: Database[dict[str, Any]]) -> None:
    database.command({"collMod": "projects", "validator": {"key": "none"}})
    try:
        with pytest.raises(Exception, match="Document failed validation"):
            make()
    finally:
        database.command({"collMod": "projects", "validator": {}})
