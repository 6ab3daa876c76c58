"""Numbers of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.work.domain import numbers, projects
from apps.work.errors import ProjectArchived, UnknownProject
from novapulse.data import transaction

if TYPE_CHECKING:
    from tests.people import Person


def test_numbers_are_given_in_blocks_without_gaps(project_id: ObjectId) -> None:
    assert [numbers.reserve(project_id, count=count) for count in (1, 3, 1)] == [1, 2, 5]


def test_numbers_leave_no_gap_when_their_transaction_is_rolled_back(project_id: ObjectId) -> None:
    def fail() -> None:
        numbers.reserve(project_id)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        transaction.run(fail)

    assert numbers.reserve(project_id) == 1


def test_numbers_are_refused_for_a_project_that_is_archived(project_id: ObjectId) -> None:
    projects.update(project_id, changes={"status": "archived"}, version=1)

    with pytest.raises(ProjectArchived):
        numbers.reserve(project_id)


def test_numbers_are_refused_for_a_project_that_is_not_there(desk: Person) -> None:
    with pytest.raises(UnknownProject):
        numbers.reserve(ObjectId())


def test_numbers_are_refused_for_a_project_of_another_company(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    with pytest.raises(UnknownProject):
        numbers.reserve(rival_at_work["project_id"])
