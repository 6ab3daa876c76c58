"""A batch: each step by itself, in order, by a number of commands that does not grow with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.auth.enums import Role
from apps.tenants import api as tenants_api
from apps.work.documents import Task
from apps.work.domain import batch, projects
from apps.work.domain.batch import Change, Creation, Deletion, Refusal
from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.errors import ProjectArchived, UnknownMember, UnknownProject
from novapulse import context
from novapulse.data import transaction
from novapulse.errors import Denied, Invalid, NotFound
from novapulse.web.refusals import PreconditionFailed
from tests import people

if TYPE_CHECKING:
    from apps.work.domain.batch import Outcome, Step
    from tests.commands import Commands
    from tests.people import Person


def perform(*steps: Step) -> list[Outcome]:
    return transaction.run(lambda: batch.perform(steps))


def stored() -> dict[ObjectId, dict[str, Any]]:
    return {task["_id"]: task for task in Task.collection().find({})}


@pytest.fixture
def task_ids(project_id: ObjectId) -> list[ObjectId]:
    made = insert_tasks([NewTask(f"Task {n}") for n in range(4)], project_id=project_id, reporter_id=None)
    return [task["_id"] for task in made]


def test_steps_are_done_in_order_each_seeing_the_ones_before(project_id: ObjectId, task_ids: list[ObjectId]) -> None:
    one = task_ids[0]
    outcomes = perform(
        Change(one, 1, {"title": "First"}),
        Change(one, 1, {"title": "Too late"}),
        Change(one, 2, {"title": "Second"}),
        Deletion(task_ids[1], 1),
        Change(task_ids[1], 1, {"title": "Gone"}),
        Creation(project_id, NewTask("New")),
    )

    titles = [None if outcome.task is None else outcome.task["title"] for outcome in outcomes]
    assert titles == ["First", None, "Second", None, None, "New"]
    assert [type(outcome.trouble) for outcome in outcomes if outcome.trouble] == [PreconditionFailed, NotFound]
    assert (stored()[one]["title"], stored()[one]["version"]) == ("Second", 3)
    assert task_ids[1] not in stored()


def test_what_a_step_answers_is_what_is_stored(project_id: ObjectId, task_ids: list[ObjectId]) -> None:
    outcomes = perform(
        Creation(project_id, NewTask("One")),
        Change(task_ids[0], 1, {"title": "Other", "points": None}),
        Change(task_ids[1], 1, {}),
        Creation(project_id, NewTask("Two", labels=("bug",))),
    )

    assert [outcome.task for outcome in outcomes] == [stored()[outcome.task["_id"]] for outcome in outcomes]  # type: ignore[index]  # none was refused
    assert [outcomes[place].task["number"] for place in (0, 3)] == [5, 6]  # type: ignore[index]  # as above


def test_a_refused_step_takes_no_number_and_stops_no_other(project_id: ObjectId, desk: Person) -> None:
    archived = projects.create(key="OLD", name="Old", description="")["_id"]
    projects.update(archived, changes={"status": "archived"}, version=1)
    outcomes = perform(
        Creation(ObjectId(), NewTask("Nowhere")),
        Creation(archived, NewTask("Too late")),
        Creation(project_id, NewTask("Nobody's", assignee_id=ObjectId())),
        Refusal(Invalid("Not understood.")),
        Creation(project_id, NewTask("Mine", assignee_id=desk.id)),
    )

    assert [type(outcome.trouble) for outcome in outcomes[:4]] == [
        UnknownProject,
        ProjectArchived,
        UnknownMember,
        Invalid,
    ]
    assert [task["number"] for task in stored().values()] == [1]


def test_what_is_anothers_companys_is_not_there(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    task_id, project_id = rival_at_work["task_id"], rival_at_work["project_id"]

    outcomes = perform(
        Change(task_id, 1, {"title": "Ours"}), Deletion(task_id, 1), Creation(project_id, NewTask("Ours"))
    )

    assert [type(outcome.trouble) for outcome in outcomes] == [NotFound, NotFound, UnknownProject]


def test_a_step_wants_its_own_permission(olive: Person, project_id: ObjectId, task_ids: list[ObjectId]) -> None:
    member = people.person(tenants_api.company(olive.membership.company_id), role=Role.MEMBER)

    with people.acting(member):
        outcomes = perform(Deletion(task_ids[0], 1), Change(task_ids[0], 1, {"title": "Mine"}))

        assert [type(outcome.trouble) for outcome in outcomes] == [Denied, type(None)]


def test_a_batch_takes_as_many_commands_whatever_its_size(project_id: ObjectId, commands: Commands) -> None:
    counts = [_commands_of(project_id, size, commands) for size in (2, 150)]

    assert (
        counts[0]
        == counts[1]
        == [
            *["find"] * 4,  # tasks, projects, members, external keys
            *["delete"] * 2,  # tasks, comments
            *["update"] * 2,  # external keys given up, changes
            "findAndModify",  # numbers
            *["insert"] * 2,  # tasks, what the audit is told of all of them
            "commitTransaction",
        ]
    )


def _commands_of(project_id: ObjectId, size: int, commands: Commands) -> list[str]:
    rows = [NewTask(f"Task {n}", external_key=f"{size}-{n}") for n in range(2 * size)]
    ids = [task["_id"] for task in insert_tasks(rows, project_id=project_id, reporter_id=None)]
    changes = [Change(id_, 1, {"external_key": f"changed {id_}"}) for id_ in ids[:size]]
    member = context.principal().membership_id
    creations = [
        Creation(project_id, NewTask("New", assignee_id=member, external_key=f"new {id_}")) for id_ in ids[:size]
    ]
    deletions = [Deletion(id_, 1) for id_ in ids[size:]]
    with commands.counted() as names:
        assert not any(outcome.trouble for outcome in perform(*changes, *creations, *deletions))
        return list(names)


KEYS = st.sampled_from([None, "A", "B", "C"])
DRAWN = st.lists(st.tuples(st.sampled_from(["create", "change", "delete"]), st.integers(0, 3), KEYS), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=DRAWN)
def test_a_batch_does_what_its_steps_do_one_by_one(
    project_id: ObjectId, drawn: list[tuple[str, int, str | None]]
) -> None:
    """External keys are what a batch could stumble over: they change hands in any order."""
    Task.collection().delete_many({})
    rows = [NewTask("Task", external_key=key) for key in ("A", "B", None, None)]
    before = insert_tasks(rows, project_id=project_id, reporter_id=None)
    steps, one_by_one = [], []
    for kind, place, key in drawn:
        steps.append(_step(kind, project_id=project_id, task_id=before[place]["_id"], key=key))
        one_by_one += perform(steps[-1])
    expected = _state()
    Task.collection().delete_many({})
    Task.collection().insert_many(before)

    outcomes = perform(*steps)

    assert [type(outcome.trouble) for outcome in outcomes] == [type(outcome.trouble) for outcome in one_by_one]
    assert _state() == expected


def _step(kind: str, *, project_id: ObjectId, task_id: ObjectId, key: str | None) -> Step:
    task = stored().get(task_id, {"version": 1})
    if kind == "create":
        return Creation(project_id, NewTask("Task", external_key=key))
    if kind == "change":
        return Change(task_id, task["version"], {"external_key": key})
    return Deletion(task_id, task["version"])


def _state() -> list[tuple[str, int]]:
    return sorted((str(task["external_key"]), task["version"]) for task in stored().values())
