"""Lists and searches of tasks: against the same done in Python, over whatever the tasks hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.work.documents import Task
from apps.work.domain import task_search
from apps.work.domain.bulk_create import NewTask, document_of
from apps.work.domain.task_search import TaskSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.data.keyset import Page, Position
    from tests.commands import Commands
    from tests.people import Person

DAY = datetime(2026, 1, 1, tzinfo=UTC)
IDS = [ObjectId() for _ in range(3)]
MOMENTS = st.integers(0, 3).map(lambda days: DAY + timedelta(days=days))
STATUSES = st.sampled_from(["todo", "done"])
LABELS = st.lists(st.sampled_from(["bug", "idea", "ops"]), unique=True)

TASKS = st.fixed_dictionaries(
    {
        "project_id": st.sampled_from(IDS),
        "assignee_id": st.sampled_from([None, *IDS]),
        "reporter_id": st.sampled_from(IDS),
        "status": STATUSES,
        "labels": LABELS,
        "external_key": st.none() | st.uuids().map(str),
        "due_at": st.none() | MOMENTS,
        "created_at": MOMENTS,
        "updated_at": MOMENTS,
    }
)
AMONG = st.fixed_dictionaries(
    {},
    optional={
        "project_id": st.lists(st.sampled_from(IDS), min_size=1, unique=True),
        "assignee_id": st.lists(st.sampled_from([None, *IDS]), min_size=1, unique=True),
        "status": st.lists(STATUSES, min_size=1, unique=True),
        "labels": st.lists(st.sampled_from(["bug", "idea"]), min_size=1, unique=True),
    },
)
WITHIN = st.fixed_dictionaries(
    {},
    optional={
        name: st.fixed_dictionaries({}, optional={"$gte": MOMENTS, "$lt": MOMENTS}).filter(bool)
        for name in ("due_at", "created_at", "updated_at")
    },
)

some_examples = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def store(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    collection = Task.collection()
    collection.delete_many({})
    documents = [
        document_of(NewTask(f"Task {number}"), number=number, project_id=IDS[0], reporter_id=None) | given
        for number, given in enumerate(tasks)
    ]
    if documents:
        collection.insert_many(documents)
    return documents


def walked(read: Callable[[Position | None], Page]) -> list[dict[str, Any]]:
    """Follow the pages to their end."""
    page = read(None)
    rows = page.rows
    while page.next is not None:
        page = read(page.next)
        rows = rows + page.rows
    return rows


def expected(tasks: list[dict[str, Any]], search: TaskSearch) -> list[ObjectId]:
    order = task_search.SORTS[search.sort]
    chosen = [task for task in tasks if _is_asked_for(task, search)]
    valued = [task for task in chosen if task[order.field] is not None]
    valued.sort(key=lambda task: (task[order.field], task["_id"]), reverse=order.descending)
    rest = sorted((task["_id"] for task in chosen if task[order.field] is None), reverse=order.descending)
    return [task["_id"] for task in valued] + rest


def _is_asked_for(task: dict[str, Any], search: TaskSearch) -> bool:
    among = all(_is_one(task[name], values) for name, values in search.among.items())
    return among and all(_is_between(task[name], bounds) for name, bounds in search.within.items())


def _is_one(value: Any, values: Any) -> bool:
    return bool(set(value) & set(values)) if isinstance(value, list) else value in values


def _is_between(moment: datetime | None, bounds: Any) -> bool:
    if moment is None:
        return False
    return bounds.get("$gte", moment) <= moment and not ("$lt" in bounds and moment >= bounds["$lt"])


@some_examples
@given(
    given_tasks=st.lists(TASKS, max_size=12),
    filters=st.tuples(AMONG, WITHIN),
    sort=st.sampled_from(list(task_search.SORTS)),
    limit=st.integers(1, 5),
)
def test_every_task_that_is_asked_for_comes_once_and_in_order(
    desk: Person, given_tasks: list[dict[str, Any]], filters: tuple[Any, Any], sort: str, limit: int
) -> None:
    tasks = store(given_tasks)
    search = TaskSearch(limit, among=filters[0], within=filters[1], sort=sort)

    rows = walked(lambda after: task_search.page(search, after=after))

    assert [row["_id"] for row in rows] == expected(tasks, search)


def test_a_list_takes_one_command_and_hydrates_nothing(desk: Person, commands: Commands) -> None:
    store([{} for _ in range(60)])

    with commands.counted() as names:
        page = task_search.page(TaskSearch(25, among={"project_id": IDS[:1]}))

    assert names == ["find"]
    assert {type(row) for row in page.rows} == {dict}


def test_a_list_reads_no_more_than_what_was_asked_for(desk: Person) -> None:
    store([{}])

    page = task_search.page(TaskSearch(25, names=frozenset({"_id", "title"})))

    assert [set(row) for row in page.rows] == [{"_id", "title", "created_at"}]


def test_a_search_finds_the_best_first(desk: Person) -> None:
    store(
        [
            {"title": "Something else", "description": "the login is slow"},
            {"title": "Login", "description": "slow"},
            {"title": "Logging", "description": "no such word"},
        ]
    )

    page = task_search.found(TaskSearch(25), text="login slow")

    assert [row["title"] for row in page.rows] == ["Login", "Something else"]


@pytest.mark.parametrize(
    ("text", "titles"), [('"slow login"', ["A"]), ("login -slow", ["C"]), ("ÉTÉ", ["D"]), ("!", [])]
)
def test_a_search_knows_phrases_exclusions_and_accents(desk: Person, text: str, titles: list[str]) -> None:
    words = {"A": "a slow login", "B": "login was slow", "C": "login", "D": "été"}
    store([{"title": title, "description": description} for title, description in words.items()])

    assert [row["title"] for row in task_search.found(TaskSearch(25), text=text).rows] == titles


def test_a_search_is_narrowed_by_filters(desk: Person) -> None:
    store([{"title": "Login", "status": status} for status in ("todo", "done")])

    page = task_search.found(TaskSearch(25, among={"status": ["done"]}), text="login")

    assert [row["status"] for row in page.rows] == ["done"]


def test_a_search_hands_out_every_match_once(desk: Person) -> None:
    tasks = store([{"title": "Login"} for _ in range(23)])

    rows = walked(lambda after: task_search.found(TaskSearch(5), text="login", after=after))

    assert [row["_id"] for row in rows] == sorted((task["_id"] for task in tasks), reverse=True)


def test_a_search_hands_out_at_most_the_best(desk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_search, "MOST_FOUND", 12)
    store([{"title": "Login"} for _ in range(23)])

    assert len(walked(lambda after: task_search.found(TaskSearch(5), text="login", after=after))) == 12


def test_nothing_of_another_company_is_listed_or_found(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    foreign = [rival_at_work["project_id"]]

    assert task_search.page(TaskSearch(25)).rows == []
    assert task_search.page(TaskSearch(25, among={"project_id": foreign})).rows == []
    assert task_search.found(TaskSearch(25), text="task").rows == []
