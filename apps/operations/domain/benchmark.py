"""A benchmark's companies: made, so that one sees how the service bears so much.

1. Nothing is made in production, beside companies of others unless that is asked for, or twice.
2. Indexes are built first, as they are where data comes in.
3. Companies are founded with the first record of their audit, and people with them, a hundred companies at a time.
4. Projects, tasks and comments are written in bulk in each company's scope, and its chain is sealed, so that it can be
   verified. Threads do that side by side: each waits for the journal most of the time.

Fails closed. What was made until then is taken away by `benchmark_removal`, and made anew.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.auth.api import NewMember, Role
from apps.operations.domain import benchmark_plan, indexes
from apps.tenants import api as tenants_api
from apps.tenants.api import PlanName
from apps.work import api as work_api
from apps.work.api import LoadedComment, LoadedProject, LoadedTask, NewTask
from novapulse.data import transaction
from novapulse.errors import Conflict, Denied
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bson import ObjectId

    from apps.operations.domain.benchmark_plan import CompanySize, Drawn
    from apps.tenants.api import CompanyRecord

MOST: Final = 999_999  # companies: as the slug has digits
_THREADS: Final = 6
_FOUNDED_AT_ONCE: Final = 100
_TASKS_AT_ONCE: Final = 2_000
_PLANS: Final = (PlanName.FREE, PlanName.FREE, PlanName.FREE, PlanName.PRO)  # in turn


@dataclass(frozen=True, slots=True)
class Stage:
    """A company with its people."""

    size: CompanySize
    company: CompanyRecord
    people: Sequence[ObjectId]


def check(*, may_stand_beside: bool) -> None:
    """Raise Denied in production, Conflict where there is something that this would stand beside."""
    refuse_production()
    marks = [company.is_benchmark for company in tenants_api.every_company()]
    if any(marks):
        raise Conflict("A benchmark's companies are here already; --remove takes them away.")
    if marks and not may_stand_beside:
        raise Conflict(f"There are {len(marks)} companies of others; with --beside they stay as they are.")


def refuse_production() -> None:
    """Raise Denied where the settings do not allow it: those of production."""
    if not settings.BENCHMARK_IS_ALLOWED:
        raise Denied("This is production: a benchmark's companies have no place here.")


def make(sizes: Sequence[CompanySize], *, seed: int, seen: Callable[[int], None]) -> int:
    """Make companies of these sizes; call `seen` with how many documents more there are, and give how many in all.

    Raises what MongoDB raises where it is away, SlugTaken and pymongo's BulkWriteError where a name is taken.
    """
    indexes.apply(indexes.plan())
    stages: list[Stage] = []
    for start in range(0, len(sizes), _FOUNDED_AT_ONCE):
        stages += transaction.run(partial(_found, sizes[start : start + _FOUNDED_AT_ONCE]))
        seen(_documents_of(stages[start:]))
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="benchmark")
    try:
        written = sum(pool.map(partial(_fill, seed=seed, seen=seen), stages))
    finally:
        pool.shutdown(cancel_futures=True)  # where one has failed, the others end with what they are at
    return _documents_of(stages) + written


def _documents_of(stages: Sequence[Stage]) -> int:
    return sum(1 + 2 * len(stage.people) for stage in stages)  # the company; each person and their membership


def _found(sizes: Sequence[CompanySize]) -> list[Stage]:
    companies = [_company(size) for size in sizes]
    audit_api.record(map(_told, sizes, companies))
    wanted = [
        NewMember(company.home, f"person-{number}@{size.slug}.example", f"Person {number}", _role(number))
        for size, company in zip(sizes, companies, strict=True)
        for number in range(size.people)
    ]
    members = iter(auth_api.insert_members(wanted))
    return [
        Stage(size, company, [next(members) for _ in range(size.people)])
        for size, company in zip(sizes, companies, strict=True)
    ]


def _company(size: CompanySize) -> CompanyRecord:
    plan = _PLANS[size.rank % len(_PLANS)]
    name = f"Benchmark {size.rank}"
    return tenants_api.create_company(name=name, slug=size.slug, country=size.country, plan=plan, is_benchmark=True)


def _told(size: CompanySize, company: CompanyRecord) -> Entry:
    counts = {"members": size.people, "projects": size.projects, "tasks": size.tasks}
    return Entry(Action.COMPANY_CREATED, company.id, details=counts, home=company.home)


def _role(number: int) -> Role:
    return Role.OWNER if number == 0 else Role.MEMBER


def _fill(stage: Stage, *, seed: int, seen: Callable[[int], None]) -> int:
    """Write what a company has, in its scope; give how many documents that were."""
    size, home = stage.size, stage.company.home
    with scope.company(home.company_id, location=home.location):
        rows = [LoadedProject(f"P{n + 1}", f"Project {n + 1}", size.tasks_of(n)) for n in range(size.projects)]
        projects = work_api.load_projects(rows)
        count = len(projects)
        for start in range(0, size.tasks, _TASKS_AT_ONCE):
            places = range(start, min(start + _TASKS_AT_ONCE, size.tasks))
            drawn = benchmark_plan.draw(size, places, seed=seed)
            written = work_api.load_tasks(_task(each, stage.people, projects) for each in drawn)
            count += written
            seen(written)
        audit_api.seal(home)
    return count


def _task(drawn: Drawn, people: Sequence[ObjectId], projects: Sequence[ObjectId]) -> LoadedTask:
    new = NewTask(
        drawn.title,
        drawn.description,
        status=drawn.status,
        priority=drawn.priority,
        assignee_id=None if drawn.assignee is None else people[drawn.assignee],
        labels=drawn.labels,
        points=drawn.points,
        due_at=drawn.due_at,
    )
    said = tuple(LoadedComment(people[each.author], each.body, each.at) for each in drawn.comments)
    return LoadedTask(
        new,
        projects[drawn.project],
        drawn.number,
        people[drawn.reporter],
        drawn.created_at,
        drawn.updated_at,
        comments=said,
    )
