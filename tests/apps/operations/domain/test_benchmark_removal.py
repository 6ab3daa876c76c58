"""A benchmark's companies are taken away, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.operations.domain import benchmark, benchmark_plan, benchmark_removal
from novapulse.errors import Denied

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api

SIZES = benchmark_plan.sizes(companies=3, tasks=40)


def everything(database: Database[dict[str, Any]]) -> dict[str, list[Any]]:
    names = sorted(set(database.list_collection_names()) - {"audit_pending", "audit_events", "audit_heads"})
    return {name: list(database[name].find(sort=[("_id", 1)])) for name in names}


def test_all_of_it_goes_and_what_is_anothers_stays(
    acme: Api, rival: Api, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.post("/projects", {"key": "APP", "name": "App"})
    before = everything(database)
    made = benchmark.make(SIZES, seed=1, seen=lambda _count: None)
    monkeypatch.setattr(benchmark_removal, "_AT_ONCE", 2)
    monkeypatch.setattr(benchmark_removal, "_DOCUMENTS_AT_ONCE", 7)
    found = benchmark_removal.companies()
    seen: list[int] = []
    removed = benchmark_removal.remove(found, seen=seen.append)

    assert [each.slug for each in found] == ["bench-000001", "bench-000002", "bench-000003"]
    assert everything(database) == before
    assert removed == sum(seen) == made + 2 * len(SIZES)  # a sealed record and the end of its chain for each
    assert benchmark_removal.companies() == []
    ids = [each.id for each in found]
    assert database.audit_events.count_documents({"company_id": {"$in": ids}}) == 0
    assert rival.get("/company").status_code == 200


def test_what_anybody_else_calls_as_a_benchmark_does_is_theirs_and_stays(
    acme: Api, database: Database[dict[str, Any]]
) -> None:
    database.companies.update_one({"_id": acme.company_id}, {"$set": {"slug": "bench-123456"}})

    assert benchmark_removal.companies() == []


def test_a_person_of_the_benchmark_who_belongs_to_another_company_as_well_stays(
    acme: Api, database: Database[dict[str, Any]]
) -> None:
    benchmark.make(SIZES, seed=1, seen=lambda _count: None)
    theirs = {"email_key": acme.email}
    ours = database.identities.find_one(theirs)
    assert ours is not None
    database.memberships.update_one({"company_id": {"$ne": acme.company_id}}, {"$set": {"identity_id": ours["_id"]}})
    benchmark_removal.remove(benchmark_removal.companies(), seen=lambda _count: None)

    assert database.identities.count_documents(theirs) == 1


def test_nothing_is_removed_in_production(settings: Any) -> None:
    settings.BENCHMARK_IS_ALLOWED = False
    with pytest.raises(Denied):
        benchmark_removal.remove([], seen=lambda _count: None)
