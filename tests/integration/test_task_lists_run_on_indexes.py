"""Each published filter with each published sort runs on an index: projects, tasks, comments of 20 companies.

Explained are the very walks that the lists make: first pages, second ones, and those that start deep in the list.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from pymongo import IndexModel

from apps.operations.domain.declarations import declared_indexes
from apps.work.domain import comments, projects, task_search
from apps.work.enums import ProjectStatus, TaskPriority, TaskStatus
from novapulse.data import keyset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from novapulse.data.keyset import Page, Position, Walk

    Documents = list[dict[str, Any]]

COMPANIES, TASKS, PROJECTS, MEMBERS, COMMENTS = 20, 50_000, 10, 12, 300
LIMIT, DEPTH = 25, 2000
START = datetime(2026, 1, 1, tzinfo=UTC)
MIDDLE = START + timedelta(days=150)
WORDS = ["login", "export", "crash", "slow", "query", "index", "report", "invoice", "mail", "search", "page", "price"]
LABELS = ["bug", "idea", "ops", "ux", "docs", "cost"]


class Crowd:
    """The companies, and one of them that the lists are of."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self.database = database
        self.random = Random(20)  # noqa: S311  nothing secret
        self.company_ids = [ObjectId() for _ in range(COMPANIES)]
        self.project_ids = {company: [ObjectId() for _ in range(PROJECTS)] for company in self.company_ids}
        self.member_ids = {company: [ObjectId() for _ in range(MEMBERS)] for company in self.company_ids}
        self.own = {"location": "DE", "company_id": self.company_ids[7]}

    def fill(self) -> None:
        """Insert everything, then build the declared indexes, which is quicker than the other way round."""
        own_task = ObjectId()
        batches = {
            "tasks": [self._task(number) for number in range(TASKS)],
            "projects": [self._project(company, n) for company in self.company_ids for n in range(PROJECTS * 10)],
            "comments": [self._comment(n, own_task if n % 2 else ObjectId()) for n in range(COMMENTS)],
        }
        for name, documents in batches.items():
            self.database[name].insert_many(documents)
            wanted = [index for index in declared_indexes() if index.collection == name]
            models = [IndexModel(list(index.keys), name=index.name, **index.options) for index in wanted]
            self.database[name].create_indexes(models)
        self.task_id = own_task

    def _task(self, number: int) -> dict[str, Any]:
        choose, company = self.random.choice, self.random.choice(self.company_ids)
        created = START + timedelta(minutes=number // 500)  # hundreds share a moment, as after an import
        return {
            "location": "DE",
            "company_id": company,
            "number": number,
            "project_id": choose(self.project_ids[company]),
            "title": " ".join(self.random.choices(WORDS, k=5)),
            "description": " ".join(self.random.choices(WORDS, k=20)) if number % 10 else "a zebra",
            "status": choose(list(TaskStatus)).value,
            "priority": choose(list(TaskPriority)).value,
            "assignee_id": choose([*self.member_ids[company], None, None, None]),
            "reporter_id": choose(self.member_ids[company]),
            "labels": self.random.sample(LABELS, k=self.random.randint(0, 3)),
            "due_at": choose([None, START + timedelta(days=self.random.randint(0, 300))]),
            "external_key": f"EX-{number}" if number % 3 else None,
            "created_at": created,
            "updated_at": created + timedelta(minutes=self.random.randint(0, 5000)),
        }

    def _project(self, company_id: ObjectId, number: int) -> dict[str, Any]:
        return {
            "location": "DE",
            "company_id": company_id,
            "key": f"P{number}",
            "name": f"Project {number // 3}",
            "status": list(ProjectStatus)[number % 2].value,
            "created_at": START + timedelta(days=number // 5),
            "updated_at": START + timedelta(days=number // 4),
        }

    def _comment(self, number: int, task_id: ObjectId) -> dict[str, Any]:
        created = START + timedelta(minutes=number // 4)
        return {**self.own, "task_id": task_id, "body": f"Word {number}", "created_at": created}


@pytest.fixture(scope="session")
def crowd(plain_database: Database[dict[str, Any]]) -> Iterator[Crowd]:
    """Fill a database beside the worker's own, which other tests empty."""
    client, name = plain_database.client, f"{plain_database.name}_crowd"
    crowd = Crowd(client[name])
    crowd.fill()
    yield crowd
    client.drop_database(name)


def _among(crowd: Crowd) -> dict[str, dict[str, list[Any]]]:
    company = crowd.own["company_id"]
    members = crowd.member_ids[company]
    keys = crowd.database["tasks"].find({**crowd.own, "external_key": {"$ne": None}}, limit=30).distinct("external_key")
    return {
        "nothing": {},
        "project": {"project_id": crowd.project_ids[company][:1]},
        "projects": {"project_id": crowd.project_ids[company]},
        "status": {"status": ["done"]},
        "statuses": {"status": ["todo", "review"]},
        "priorities": {"priority": ["high", "urgent"]},
        "assignee": {"assignee_id": members[:1]},
        "assignees": {"assignee_id": members[:5]},
        "nobody": {"assignee_id": [None]},
        "reporters": {"reporter_id": members[3:5]},
        "label": {"labels": ["bug"]},
        "labels": {"labels": ["bug", "ops", "ux"]},
        "external key": {"external_key": keys[:1]},
        "external keys": {"external_key": keys[:30]},
    }


def _within() -> dict[str, dict[str, dict[str, datetime]]]:
    later = MIDDLE + timedelta(days=30)
    return {
        "due after": {"due_at": {"$gte": MIDDLE}},
        "due between": {"due_at": {"$gte": MIDDLE, "$lt": later}},
        "created before": {"created_at": {"$lt": START + timedelta(minutes=40)}},
        "updated after": {"updated_at": {"$gte": START + timedelta(days=1)}},
    }


def _searches(crowd: Crowd, *, sort: str) -> dict[str, task_search.TaskSearch]:
    among = {name: task_search.TaskSearch(LIMIT, among=each, sort=sort) for name, each in _among(crowd).items()}
    within = {name: task_search.TaskSearch(LIMIT, within=each, sort=sort) for name, each in _within().items()}
    return {f"{name} by {sort}": search for name, search in (among | within).items()}


def _together(one: task_search.TaskSearch, other: task_search.TaskSearch) -> task_search.TaskSearch:
    return task_search.TaskSearch(
        LIMIT, among={**one.among, **other.among}, within={**one.within, **other.within}, sort=one.sort
    )


@pytest.mark.parametrize("sort", task_search.SORTS)
def test_tasks_run_on_an_index_for_every_filter_and_sort(crowd: Crowd, sort: str) -> None:
    searches = _searches(crowd, sort=sort)

    wrong = [
        f"{name}, {where}: {fault}"
        for name, search in searches.items()
        for where, after in _places(crowd, "tasks", task_search.walk(search)).items()
        for fault in _faults(crowd, "tasks", task_search.walk(search), after=after)
    ]

    assert wrong == []


@pytest.mark.parametrize("sort", ["-created_at", "due_at"])
def test_tasks_run_on_an_index_for_every_pair_of_filters(crowd: Crowd, sort: str) -> None:
    searches = {name: each for name, each in _searches(crowd, sort=sort).items() if "external" not in name}
    pairs = {f"{one}, {other}": _together(searches[one], searches[other]) for one, other in combinations(searches, 2)}

    wrong = [
        f"{name}, {where}: {fault}"
        for name, search in pairs.items()
        for where, after in _places(crowd, "tasks", task_search.walk(search)).items()
        for fault in _faults(crowd, "tasks", task_search.walk(search), after=after)
    ]

    assert wrong == []


def test_a_deep_page_of_tasks_costs_what_the_first_one_costs(crowd: Crowd) -> None:
    walk = task_search.walk(task_search.TaskSearch(LIMIT))
    deep = _page(crowd, "tasks", walk, rows=DEPTH).next

    first = _explained(crowd, "tasks", walk, after=None)[0]["executionStats"]["totalKeysExamined"]
    later = _explained(crowd, "tasks", walk, after=deep)[0]["executionStats"]["totalKeysExamined"]

    assert (first, later) == (LIMIT + 1, LIMIT + 1)


def test_projects_run_on_an_index_for_every_filter_and_sort(crowd: Crowd) -> None:
    later = {"updated_at": {"$gte": START + timedelta(days=5), "$lt": START + timedelta(days=9)}}
    filters: list[dict[str, list[str]]] = [{}, {"status": ["active"]}, {"key": ["P3", "P4"]}]
    walks = [
        projects.walk(projects.ProjectSearch(LIMIT, among=among, within=within, sort=sort))
        for among in filters
        for within in ({}, later)
        for sort in projects.SORTS
    ]

    assert _all_faults(crowd, "projects", walks) == []


def test_comments_run_on_an_index_for_every_sort(crowd: Crowd) -> None:
    walks = [comments.walk(crowd.task_id, sort=sort, limit=LIMIT) for sort in comments.SORTS]

    assert _all_faults(crowd, "comments", walks) == []


def test_a_text_search_weighs_only_what_the_company_has_of_the_words(crowd: Crowd) -> None:
    """Its bound: every task of the company with one of the words is fetched, at most twice, and no other."""
    where = {**crowd.own, "$text": {"$search": "zebra"}}
    found = list(crowd.database["tasks"].find(where))

    cursor = crowd.database["tasks"].find(where, {"score": task_search._SCORE}, sort=task_search._BY_SCORE, limit=LIMIT)
    plan = cursor.explain()

    assert 200 < len(found) < TASKS / COMPANIES
    assert "TEXT_MATCH" in _stages(plan["queryPlanner"]["winningPlan"])
    assert plan["executionStats"]["totalDocsExamined"] <= 2 * len(found)


def _all_faults(crowd: Crowd, name: str, walks: list[Walk]) -> list[str]:
    return [
        f"{walk}, {where}: {fault}"
        for walk in walks
        for where, after in _places(crowd, name, walk).items()
        for fault in _faults(crowd, name, walk, after=after)
    ]


def _places(crowd: Crowd, name: str, walk: Walk) -> dict[str, Position | None]:
    """Say where pages start: at the beginning, behind the first page, half way down to `DEPTH`."""
    places = {"first page": None}
    for where, rows in (("second page", LIMIT), ("deep page", DEPTH // 2)):
        after = _page(crowd, name, walk, rows=rows).next
        places |= {} if after is None else {where: after}
    return places


def _page(crowd: Crowd, name: str, walk: Walk, *, rows: int) -> Page:
    own = keyset.Walk({**crowd.own, **walk.where}, walk.order, rows, hint=walk.hint, leading=walk.leading)
    return keyset.page(crowd.database[name], own)


def _faults(crowd: Crowd, name: str, walk: Walk, *, after: Position | None) -> list[str]:
    faults = []
    for plan in _explained(crowd, name, walk, after=after):
        figures, stages = plan["executionStats"], set(_stages(plan["queryPlanner"]["winningPlan"]))
        if "IXSCAN" not in stages or {"SORT", "COLLSCAN"} & stages:
            faults.append(f"stages {sorted(stages)}")
        if figures["totalDocsExamined"] > 2 * figures["nReturned"]:
            faults.append(f"{figures['totalDocsExamined']} examined for {figures['nReturned']}")
    return faults


def _explained(crowd: Crowd, name: str, walk: Walk, *, after: Position | None) -> Documents:
    command = {"find": name, "limit": LIMIT + 1, "hint": walk.hint}
    return [
        crowd.database.command(
            "explain",
            {**command, "filter": {**crowd.own, **where}, "sort": dict(sort)},
            verbosity="executionStats",
        )
        for where, sort in keyset._segments(walk, after=after)
    ]


def _stages(plan: dict[str, Any]) -> list[str]:
    inner = [plan[name] for name in ("inputStage", "queryPlan") if name in plan] + plan.get("inputStages", [])
    return [plan.get("stage", ""), *(stage for each in inner for stage in _stages(each))]
