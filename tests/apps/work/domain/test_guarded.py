"""Writes guarded by a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.work.documents import Project
from apps.work.domain import guarded
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed

if TYPE_CHECKING:
    from tests.people import Person


def test_a_change_of_the_version_that_was_read_makes_the_next(project_id: ObjectId) -> None:
    told: list[Any] = []
    selector = {"_id": project_id, "version": 1}
    changed = guarded.update(Project.collection(), selector, changes={"name": "New"}, told=lambda *it: told.append(it))

    assert changed is not None
    assert (changed["name"], changed["version"]) == ("New", 2)
    assert changed["updated_at"] >= changed["created_at"]
    assert changed == Project.collection().find_one({"_id": project_id})
    assert [(before["name"], after["name"]) for before, after in told] == [("App", "New")]


def test_a_change_that_cannot_be_told_of_does_not_happen(project_id: ObjectId) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded.update(Project.collection(), {"_id": project_id, "version": 1}, changes={"name": "New"}, told=fail)

    assert Project.collection().find_one({"_id": project_id})["name"] == "App"


def test_a_change_of_another_version_finds_nothing(project_id: ObjectId) -> None:
    selector = {"_id": project_id, "version": 7}

    assert guarded.update(Project.collection(), selector, changes={"name": "New"}, told=_untold) is None
    assert Project.collection().find_one({"_id": project_id})["name"] == "App"


def test_no_changes_make_no_new_version(project_id: ObjectId) -> None:
    same = guarded.update(Project.collection(), {"_id": project_id, "version": 1}, changes={}, told=_untold)

    assert same is not None
    assert same["version"] == 1


@pytest.mark.parametrize("stored", [True, False])
def test_absence_tells_what_is_gone_from_what_has_changed(project_id: ObjectId, stored: bool) -> None:  # noqa: FBT001  a parameter
    trouble = guarded.absence(Project.collection(), project_id if stored else ObjectId())

    assert isinstance(trouble, PreconditionFailed if stored else NotFound)


def test_absence_says_of_what_is_anothers_that_it_is_not_there(
    desk: Person, rival_at_work: dict[str, ObjectId]
) -> None:
    assert isinstance(guarded.absence(Project.collection(), rival_at_work["project_id"]), NotFound)


def _untold(*_: object) -> None:
    pytest.fail("told of what did not happen")
