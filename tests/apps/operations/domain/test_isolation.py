"""Whether things lead from one company to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit import api as audit_api
from apps.operations.domain import isolation
from apps.operations.domain.isolation import Fault, Home, Named, Source, Thing
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

OURS, THEIRS = Home(ObjectId(), "DE"), Home(ObjectId(), "FR")


@pytest.fixture
def task(database: Database[dict[str, Any]]) -> Callable[[Home], ObjectId]:
    """Make a task of a company."""
    database.companies.insert_many(
        {"_id": each.company_id, "slug": str(each.company_id), "country": each.location} for each in (OURS, THEIRS)
    )

    def make(home: Home) -> ObjectId:
        made = {"company_id": home.company_id, "location": home.location, "number": str(ObjectId())}
        return database.tasks.insert_one(made).inserted_id  # type: ignore[no-any-return]  # PyMongo leaves ids open

    return make


def found(*things: Thing, again: list[Thing] | None = None) -> list[tuple[Fault, str]]:
    source = Source("some", things=lambda: things, again=lambda suspects: suspects if again is None else again)
    with across_tenants("a test"):
        report = isolation.look([source], seen=lambda _kind, _count: None)
    assert report.looked_at == {"some": len(things)}
    return [(each.fault, each.whose) for each in report.findings]


def naming(task_id: ObjectId, *, home: Home = OURS, may_be_gone: bool = False) -> Thing:
    return Thing("some", "one", home, (Named("task_id", ("jobs", "tasks"), task_id, may_be_gone),))


def test_what_names_its_own_companys_is_good(task: Callable[[Home], ObjectId]) -> None:
    assert found(naming(task(OURS)), naming(task(THEIRS), home=THEIRS)) == []


def test_what_names_another_companys_is_found(task: Callable[[Home], ObjectId]) -> None:
    assert found(naming(task(THEIRS))) == [(Fault.FOREIGN, str(THEIRS.company_id))]
    assert found(naming(task(THEIRS), may_be_gone=True)) == [(Fault.FOREIGN, str(THEIRS.company_id))]


def test_what_names_nothing_is_found_unless_that_may_have_gone(task: Callable[[Home], ObjectId]) -> None:
    task(OURS)

    assert found(naming(ObjectId())) == [(Fault.NOTHING, "")]
    assert found(naming(ObjectId(), may_be_gone=True)) == []


def test_what_belongs_to_no_company_or_an_unknown_one_is_found(task: Callable[[Home], ObjectId]) -> None:
    task(OURS)

    assert found(Thing("some", "one", Home(None, "DE"))) == [(Fault.NO_COMPANY, "")]
    assert found(Thing("some", "one", Home(ObjectId(), "DE"))) == [(Fault.UNKNOWN_COMPANY, "")]
    assert found(Thing("some", "one", Home(OURS.company_id, "FR"))) == [(Fault.LOCATION, "")]
    assert found(Thing("some", "one", Home(OURS.company_id, None))) == [(Fault.LOCATION, "")]
    assert found(Thing("some", "one", Home(OURS.company_id, isolation.UNSAID))) == []


def test_the_platform_is_at_home_in_its_own_records(database: object) -> None:
    platform = audit_api.PLATFORM

    assert found(Thing("some", "one", Home(platform.company_id, platform.location))) == []


def test_the_platforms_records_tell_of_what_is_companies_and_nothing_else_of_it_may(
    task: Callable[[Home], ObjectId],
) -> None:
    platform = Home(audit_api.PLATFORM.company_id, audit_api.PLATFORM.location)
    theirs = task(THEIRS)

    assert found(naming(theirs, home=platform, may_be_gone=True)) == []
    assert found(naming(theirs, home=platform)) == [(Fault.FOREIGN, str(THEIRS.company_id))]


def test_what_is_gone_when_it_is_looked_at_again_is_no_finding(task: Callable[[Home], ObjectId]) -> None:
    assert found(naming(task(THEIRS)), again=[]) == []


def test_memory_holds_so_many_findings_and_counts_the_others(
    task: Callable[[Home], ObjectId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "FINDINGS_MOST", 2)
    monkeypatch.setattr(isolation, "BATCH", 2)
    foreign = task(THEIRS)
    things = [naming(foreign) for _ in range(5)]
    report = isolation.Report()
    with across_tenants("a test"):
        report = isolation.look([Source("some", lambda: things, list)], seen=lambda _kind, _count: None)

    assert (len(report.findings), report.left_out, report.looked_at["some"]) == (2, 3, 5)
