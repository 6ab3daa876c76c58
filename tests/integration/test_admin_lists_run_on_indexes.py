"""The admin's lists over more than fits on a page: each is sorted and found by an index, and there in time.

MongoDB's own profiler notes how each command of a page was answered.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.staff.domain import accounts
from tests import admin_pages, staff
from tests.admin_pages import Page, Words

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api

START = datetime(2026, 1, 1, tzinfo=UTC)
PROMISED_MS = 300
SLACK = 10  # times: a machine that does much else

SORTED_AT_MOST = 1_000  # documents, in memory: a company's people or jobs, or who has the address
BOARDS = (  # the others show what is few
    "audit/?company=acme&since=2026-01-01",
    "audit/?company=acme&action=company.created&actor=owner@acme.example",
    "actings/",
)
WORDS = Words(
    filters={"company": "acme", "country": "DE"},
    searches={"novapulse_tenants.Company": ["c0"], "novapulse_auth.Person": ["owner@acme.example"]},
)


@pytest.fixture
def crowded(acme: Api, database: Database[dict[str, Any]]) -> Database[dict[str, Any]]:
    """Fill the database."""
    fill(database, company_id=acme.company_id, companies=1_500, tasks=1_500)
    return database


def fill(database: Database[dict[str, Any]], *, company_id: ObjectId, companies: int, tasks: int) -> None:
    founder = {each: database.companies.find_one({"_id": company_id})[each] for each in ("holds", "credential_version")}
    made = {**founder, "country": "DE", "status": "active", "plan": "free", "created_at": START, "updated_at": START}
    database.companies.insert_many({**made, "slug": f"c{n:06}", "name": f"Company {n}"} for n in range(companies))
    own = {"location": "DE", "company_id": company_id}
    database.projects.insert_many(
        {**own, "key": f"P{n}", "name": f"Project {n % 7}", "status": "active", **_times(n)} for n in range(200)
    )
    database.tasks.insert_many(_task(own, n) for n in range(tasks))
    endpoint_id = ObjectId()
    database.webhook_deliveries.insert_many(
        {
            **own,
            "endpoint_id": endpoint_id,
            "event_type": "task.created",
            "status": "failed",
            "attempts": [],
            **_times(n),
        }
        for n in range(500)
    )


def _times(number: int) -> dict[str, Any]:
    at = START + timedelta(minutes=number // 50)  # many share a moment, as after an import
    return {"created_at": at, "updated_at": at + timedelta(hours=number % 11)}


def _task(own: dict[str, Any], number: int) -> dict[str, Any]:
    words = {"title": f"Task {number}", "description": "", "labels": ["blue"], "external_key": None}
    choices = {"status": ("todo", "done", "review")[number % 3], "priority": ("high", "low")[number % 2]}
    whose = {"project_id": own["company_id"], "assignee_id": None, "reporter_id": None, "number": number}
    due = START + timedelta(days=number % 200) if number % 4 else None
    return {**own, **words, **choices, **whose, "due_at": due, **_times(number)}


def test_no_list_reads_a_whole_collection_or_sorts_in_memory(db: None, crowded: Database[dict[str, Any]]) -> None:
    browser = staff.signed_in(accounts.create(staff.EMAIL))
    pages = admin_pages.thinned(admin_pages.lists(WORDS))
    pages += [Page("boards", path, f"/admin/boards/{path}") for path in BOARDS]
    with admin_pages.watched(crowded) as watch:
        for page in pages:
            answer = browser.get(page.path)
            assert answer.status_code == 200, page
            pages += admin_pages.further(page, answer) if page.what == "first" else []
        bad = [str(each) for each in watch.bad() if not each.is_sorted or each.examined > SORTED_AT_MOST]
        crowded.tasks.find_one({"title": "found by no index"})
        control = [each.collection for each in watch.bad() if each.plan == "COLLSCAN"]

    assert {page.of for page in pages if page.what == "last"} >= {"novapulse_tenants.Company", "novapulse_work.Task"}
    assert bad == []
    assert control == ["tasks"]


def test_every_list_is_there_in_time(db: None, crowded: Database[dict[str, Any]]) -> None:
    browser = staff.signed_in(accounts.create(staff.EMAIL))
    first = [page for page in admin_pages.lists(WORDS) if page.what == "first"]
    found = {page.path: admin_pages.quickest(browser, page, times=3) for page in first}
    late = {path: ms for path, ms in found.items() if ms > PROMISED_MS * SLACK}

    assert late == {}
