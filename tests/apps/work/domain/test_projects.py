"""Projects, as the domain makes, lists and deletes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.work.domain import projects
from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.errors import ProjectKeyTaken, ProjectNotEmpty
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed

if TYPE_CHECKING:
    from bson import ObjectId

    from tests.commands import Commands
    from tests.people import Person


def test_a_key_is_unique_in_its_company_alone(project_id: ObjectId) -> None:
    other = projects.create(key="WEB", name="Web", description="")  # the rival has an APP as well

    with pytest.raises(ProjectKeyTaken):
        projects.create(key="APP", name="Again", description="")
    with pytest.raises(ProjectKeyTaken):
        projects.update(other["_id"], changes={"key": "APP"}, version=1)


def test_a_list_takes_one_command(project_id: ObjectId, commands: Commands) -> None:
    with commands.counted() as names:
        found = projects.page(projects.ProjectSearch(25))

    assert [row["_id"] for row in found.rows] == [project_id]
    assert names == ["find"]


@pytest.mark.parametrize(
    ("sort", "keys"),
    [("name", ["APP", "C3", "B2"]), ("-name", ["B2", "C3", "APP"]), ("created_at", ["APP", "B2", "C3"])],
)
def test_a_list_is_sorted(project_id: ObjectId, sort: str, keys: list[str]) -> None:
    projects.create(key="B2", name="Zoo", description="")
    projects.create(key="C3", name="Bee", description="")

    found = projects.page(projects.ProjectSearch(25, sort=sort))

    assert [row["key"] for row in found.rows] == keys


def test_a_list_is_narrowed_by_status_and_key(project_id: ObjectId) -> None:
    for key in ("B2", "C3"):
        projects.create(key=key, name=key, description="")
    projects.update(project_id, changes={"status": "archived"}, version=1)

    archived = projects.page(projects.ProjectSearch(25, among={"status": ["archived"]}))
    two = projects.page(projects.ProjectSearch(25, among={"key": ["B2", "APP"]}, sort="name"))

    assert [row["key"] for row in archived.rows] == ["APP"]
    assert [row["key"] for row in two.rows] == ["APP", "B2"]


def test_a_project_with_tasks_is_not_deleted(project_id: ObjectId) -> None:
    insert_tasks([NewTask("One")], project_id=project_id, reporter_id=None)

    with pytest.raises(ProjectNotEmpty):
        projects.delete(project_id, version=1)

    assert projects.one(project_id)["next_number"] == 2


def test_an_empty_project_is_deleted(project_id: ObjectId) -> None:
    with pytest.raises(PreconditionFailed):
        projects.delete(project_id, version=2)

    projects.delete(project_id, version=1)

    with pytest.raises(NotFound):
        projects.one(project_id)


def test_a_project_of_another_company_is_not_there(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    foreign = rival_at_work["project_id"]

    assert projects.page(projects.ProjectSearch(25)).rows == []
    with pytest.raises(NotFound):
        projects.one(foreign)
    with pytest.raises(NotFound):
        projects.update(foreign, changes={"name": "Ours"}, version=1)
    with pytest.raises(NotFound):
        projects.delete(foreign, version=1)
