"""Comments, as the domain makes, changes and deletes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.enums import Role
from apps.work.domain import comments
from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.errors import NotYourComment
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed
from tests import people

if TYPE_CHECKING:
    from tests.commands import Commands
    from tests.people import Person


@pytest.fixture
def task_id(project_id: ObjectId) -> ObjectId:
    return ObjectId(insert_tasks([NewTask("One")], project_id=project_id, reporter_id=None)[0]["_id"])


def say(task_id: ObjectId, body: str = "A word") -> dict[str, Any]:
    return transaction.run(lambda: comments.create(task_id, body=body))


@pytest.fixture
def colleague(olive: Person) -> Person:
    from apps.tenants import api as tenants_api  # noqa: PLC0415  once the apps are ready

    return people.person(tenants_api.company(olive.membership.company_id), role=Role.MEMBER)


def test_comments_are_listed_in_the_order_in_which_they_were_written(task_id: ObjectId) -> None:
    for body in ("One", "Two", "Three"):
        say(task_id, body)

    first = comments.page(task_id, sort="created_at", limit=2)
    rest = comments.page(task_id, sort="created_at", limit=2, after=first.next)

    assert [row["body"] for row in first.rows + rest.rows] == ["One", "Two", "Three"]


def test_a_list_takes_one_command(task_id: ObjectId, commands: Commands) -> None:
    say(task_id)

    with commands.counted() as names:
        comments.page(task_id, sort="created_at", limit=2)

    assert names == ["find"]


def test_a_task_without_comments_has_an_empty_list(task_id: ObjectId) -> None:
    assert comments.page(task_id, sort="created_at", limit=2).rows == []


def test_ones_own_comment_is_changed(task_id: ObjectId) -> None:
    comment_id = say(task_id)["_id"]

    assert comments.update(comment_id, body="Better", version=1)["version"] == 2
    with pytest.raises(PreconditionFailed):
        comments.update(comment_id, body="Worse", version=1)


def test_nobody_changes_the_comment_of_another(task_id: ObjectId, colleague: Person) -> None:
    comment_id = say(task_id)["_id"]

    with people.acting(colleague), pytest.raises(NotYourComment):
        comments.update(comment_id, body="Not mine", version=1)


def test_a_member_deletes_only_their_own_comment(task_id: ObjectId, colleague: Person) -> None:
    owners = say(task_id)["_id"]

    with people.acting(colleague):
        own = say(task_id)["_id"]
        with pytest.raises(NotYourComment):
            comments.delete(owners, version=1)
        with pytest.raises(PreconditionFailed):
            comments.delete(own, version=2)
        comments.delete(own, version=1)
        assert [row["_id"] for row in comments.page(task_id, sort="created_at", limit=9).rows] == [owners]


def test_who_moderates_deletes_anybodys_comment(task_id: ObjectId, olive: Person, colleague: Person) -> None:
    with people.acting(colleague):
        members = say(task_id)["_id"]

    with people.acting(olive):
        comments.delete(members, version=1)
        assert comments.page(task_id, sort="created_at", limit=9).rows == []


def test_what_is_anothers_companys_is_not_there(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    for task_id, comment_id in ((rival_at_work["task_id"], rival_at_work["comment_id"]), (ObjectId(), ObjectId())):
        with pytest.raises(NotFound):
            comments.page(task_id, sort="created_at", limit=2)
        with pytest.raises(NotFound):
            say(task_id)
        with pytest.raises(NotFound):
            comments.update(comment_id, body="Ours", version=1)
        with pytest.raises(NotFound):
            comments.delete(comment_id, version=1)
