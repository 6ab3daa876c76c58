"""Lists at full size: 10,000 companies, 1,000,000 tasks, a fifth of them one company's; with `--short` far fewer.

Every page of the admin that its registry has, and the API's lists of tasks, of the largest company and of the smallest.
The stores are made by `manage.py seed_benchmark`; what companies have besides tasks is put in here.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from django.core.management import call_command
from django.db import connections
from django.test import Client
from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from apps.operations.domain import benchmark, benchmark_plan
from apps.operations.domain.benchmark_plan import END
from apps.staff.domain import accounts
from config.settings.stores import database as django_database
from novapulse.local.postgres import POSTGRES
from novapulse.local.stack import up
from novapulse.queues import setup
from tests import admin_pages, staff
from tests.admin_pages import Words
from tests.prove import people
from tests.prove.proof import Claim, Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from tests.admin_pages import Answered, Page
    from tests.prove.proof import Row
    from tests.prove.sizes import Size
    from tests.prove.world import World

ENDPOINTS = 10
JOBS = 500
PROMISED_MS = 300
TIMES = 5
LARGEST = "bench-000001"
ASIDE = {"boards", "start"}  # no lists: they show what is few, or ask SQS, which takes its time
SORTED_AT_MOST = 1_000  # documents, in memory: a company's people or jobs, or who has the address
_AT_ONCE = 5_000
_LOG_COLUMNS = 190
_WORDS = "_fts"  # in the plan of a search in an index of words

WORDS = Words(
    filters={"company": LARGEST, "country": "DE"},
    searches={
        "novapulse_tenants.Company": ["bench-", "bench-0099", LARGEST, "nobody"],
        "novapulse_auth.Person": [f"person-0@{LARGEST}.example", "nobody@nowhere.example"],
    },
)
HOT = (
    "",
    "sort=-updated_at",
    "sort=due_at",
    "status=todo,review",
    "priority=urgent&sort=-created_at",
    "assignee_id={member}",
    "project_id={project}&sort=-updated_at",
    "labels=bug&status=todo",
    "q=invoice",
)


@dataclass
class Measured:
    """A page's times, and how MongoDB has answered it."""

    page: Page
    median_ms: float
    longest_ms: float
    answered: list[Answered] = field(default_factory=list)

    @property
    def bad(self) -> list[str]:
        return [str(each) for each in self.answered if "COLLSCAN" in each.plan or _sorts_much(each)]


def full_size(world: World) -> Iterator[Row]:
    """Fill the stores and measure."""
    with MongoClient[dict[str, Any]](world.mongo_url, tz_aware=True) as client:
        database = client.get_default_database()
        if database.companies.find_one({"slug": LARGEST}) is None:  # else another try has made all this
            setup.apply(setup.plan())  # whose dead letters a page shows
            fill(database, world.size)
            _use_postgresql(world)
            accounts.create(staff.EMAIL)
        browser = staff.signed_in(accounts.reset(staff.EMAIL))
        yield from _told("admin", measured(browser, database), "the admin's lists")
        yield from _told(
            "api",
            list(_hot_lists(database, smallest=f"bench-{world.size.scale_companies:06}")),
            "the API's lists of tasks",
        )


def fill(database: Database[dict[str, Any]], size: Size) -> None:
    """Make the companies, and what the largest of them has besides tasks."""
    logging.getLogger("novapulse.audit").setLevel(logging.WARNING)
    sizes = benchmark_plan.sizes(companies=size.scale_companies, tasks=size.scale_tasks)
    benchmark.make(sizes, seed=7, seen=lambda _count: None)
    put_besides(database, count=size.scale_tasks // 5)  # as many as it has tasks


def put_besides(database: Database[dict[str, Any]], *, count: int) -> None:
    company = database.companies.find_one({"slug": LARGEST})
    assert company is not None
    own = {"company_id": company["_id"], "location": company["country"]}
    endpoints = [ObjectId() for _ in range(ENDPOINTS)]
    _put(database, "webhook_endpoints", ENDPOINTS, lambda n: {**own, "_id": endpoints[n], **_endpoint(n)})
    _put(database, "webhook_deliveries", count, lambda n: {**own, **_delivery(n, endpoints[n % ENDPOINTS])})
    _put(database, "jobs", JOBS, lambda n: {**own, **_job(n)})
    _put(database, "audit_events", count, lambda n: {**own, **_record(n, among=count)})


def _sorts_much(answered: Answered) -> bool:
    """Tell whether it sorted many documents; an index of words has no order, so a search must sort what it finds."""
    return answered.is_sorted and answered.examined > SORTED_AT_MOST and _WORDS not in answered.plan


def measured(browser: Client, database: Database[dict[str, Any]]) -> list[Measured]:
    """Get every page of the admin: the first of each list leads to others."""
    found: list[Measured] = []
    pages = [*admin_pages.lists(WORDS), *admin_pages.others()]
    for page in pages:
        if page.what == "first":
            pages += admin_pages.further(page, browser.get(page.path))
        found.append(_measured(browser, database, page))
    return found


def _measured(browser: Client, database: Database[dict[str, Any]], page: Page) -> Measured:
    answered = admin_pages.answers(browser, database, page)
    return Measured(page, *admin_pages.milliseconds(browser, page, times=TIMES), answered=answered)


def _hot_lists(database: Database[dict[str, Any]], *, smallest: str) -> Iterator[Measured]:
    for slug in (LARGEST, smallest):
        company = database.companies.find_one({"slug": slug})
        assert company is not None
        owner = people.Caller("", "", f"person-0@{slug}.example", company["country"])
        people.agree(slug, **people.PLENTY)
        caller = people.join(people.Tenant(company["_id"], slug, owner))
        member = database.memberships.find_one({"company_id": company["_id"]})
        project = database.projects.find_one({"company_id": company["_id"]})
        assert member is not None
        assert project is not None
        browser = Client(headers={"Authorization": f"Bearer {caller.token}"})
        for query in HOT:
            asked = query.format(member=member["_id"], project=project["_id"])
            page = admin_pages.Page(slug, query or "as it comes", f"/api/v1/tasks?limit=50&{asked}")
            yield _measured(browser, database, page)


def _use_postgresql(world: World) -> None:
    """Let Django's own tables be in a PostgreSQL of the proof's: other proofs do without."""
    url = up(world.folder, guard=world.guard, wanted=[POSTGRES])[POSTGRES.variable]
    connections["default"].close()
    connections.settings["default"].update(django_database(url))
    del connections["default"]
    call_command("migrate", verbosity=0)


def _told(name: str, found: list[Measured], what: str) -> Iterator[Row]:
    Console(width=_LOG_COLUMNS).print(table_of(found))
    found = [each for each in found if each.page.of not in ASIDE]
    slowest = max(found, key=lambda each: each.median_ms)
    late = [each for each in found if each.median_ms >= PROMISED_MS]
    bad = {f"{each.page.of} {each.page.what}: {fault}" for each in found for fault in each.bad}
    commands = sum(len(each.answered) for each in found)
    place = f"{slowest.page.of} {slowest.page.what}"
    yield Claim(
        f"{name}-scale: {what} are there in time", "indexes", f"median < {PROMISED_MS} ms", is_of_time=True
    ).row(
        f"slowest {slowest.median_ms:.0f} ms ({place}), longest {max(each.longest_ms for each in found):.0f} ms",
        count=len(found),
        held=not late,
    )
    yield Claim(f"{name}-scale: {what} read no whole collection and sort little", "indexes", "0 such commands").row(
        ", ".join(sorted(bad)[:3]) or "0", count=commands, held=commands >= len(found) and not bad
    )


def table_of(found: list[Measured]) -> Table:
    table = Table("of", "what", "median ms", "longest ms", "MongoDB ms", "examined", "plans", box=None, pad_edge=False)
    for each in found:
        plans: dict[str, int] = defaultdict(int)
        for answered in each.answered:
            plans[str(answered)] += answered.examined
        told = "; ".join(f"{plan}" for plan in list(plans)[:3])
        times = (f"{each.median_ms:.0f}", f"{each.longest_ms:.0f}", str(sum(one.ms for one in each.answered)))
        table.add_row(each.page.of, each.page.what, *times, str(sum(plans.values())), told)
    return table


def _put(database: Database[dict[str, Any]], name: str, count: int, made: Any) -> None:
    for start in range(0, count, _AT_ONCE):
        rows = [made(number) for number in range(start, min(start + _AT_ONCE, count))]
        database[name].insert_many(rows, ordered=False)


def _endpoint(number: int) -> dict[str, Any]:
    at = END - timedelta(minutes=number)
    words = {"url": f"https://hooks.example.com/{number}", "description": "", "event_types": None, "secrets": []}
    return {**words, "status": "active", "failures": 0, "version": 1, "created_at": at, "updated_at": at}


def _delivery(number: int, endpoint_id: ObjectId) -> dict[str, Any]:
    at = END - timedelta(seconds=number)
    status = ("delivered", "delivered", "delivered", "failed")[number % 4]
    words = {"event_id": ObjectId(), "event_type": "task.created", "status": status, "attempts": []}
    times = {"created_at": at, "settled_at": at, "next_attempt_at": None, "expires_at": END + timedelta(days=3650)}
    return {"endpoint_id": endpoint_id, **words, **times}


def _job(number: int) -> dict[str, Any]:
    at = END - timedelta(minutes=number)
    words = {"kind": "export", "status": ("succeeded", "failed")[number % 2], "parameters": {}, "tally": {}}
    counts = {"done": 10, "total": 10, "steps": 1, "attempts": 1, "error_count": 0, "errors": [], "position": None}
    times = {"created_at": at, "updated_at": at, "finished_at": at, "expires_at": END + timedelta(days=3650)}
    return {"created_by_id": ObjectId(), **words, **counts, "result": None, **times}


def _record(number: int, *, among: int) -> dict[str, Any]:
    """Give a record of the audit that nobody has sealed: it is only looked at."""
    at = END - timedelta(seconds=among - number)
    actor = {"kind": "person", "identity_id": ObjectId(), "membership_id": ObjectId(), "credential_id": None}
    words = {"action": ("task.updated", "task.created")[number % 2], "outcome": "success", "reason": None}
    of = {"actor": {**actor, "role": "member", "name": None}, "target": {"type": "task", "id": ObjectId()}}
    seal = {"sequence": number + 2, "hash": b"", "seal": b"", "changed": [], "details": {}}
    return {"at": at, **words, **of, **seal, "request_id": None, "trace_id": None, "address": None}


PROOFS = (Proof("admin-scale", full_size, in_short=False),)
