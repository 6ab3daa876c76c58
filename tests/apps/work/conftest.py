"""A company at work, and a rival whose data must never show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.enums import Role
from apps.webhooks import conf as webhooks_conf
from tests import people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.api import Api
    from tests.people import Person


@pytest.fixture(autouse=True)
def _nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be known for the length of a test that a company has no webhooks, so that counts are of the work alone."""
    monkeypatch.setattr(webhooks_conf, "KNOWN_SECONDS", 3600)


@pytest.fixture
def rival_at_work(database: object) -> dict[str, ObjectId]:
    """Fill another company with a project, a task and a comment of the same names; give their ids."""
    rival = people.person(people.company("rival", country="FR"), role=Role.OWNER)
    with people.acting(rival):
        return fill()


@pytest.fixture
def olive(rival_at_work: object) -> Person:
    """Put the owner into a company."""
    return people.person(people.company("acme"), role=Role.OWNER)


@pytest.fixture
def desk(olive: Person) -> Iterator[Person]:
    """Work in the owner's name."""
    with people.acting(olive):
        yield olive


@pytest.fixture
def project_id(desk: Person) -> ObjectId:
    """Make a project of the company."""
    from apps.work.domain import projects  # noqa: PLC0415  once the apps are ready

    return ObjectId(projects.create(key="APP", name="App", description="")["_id"])


@pytest.fixture
def project(acme: Api) -> dict[str, Any]:
    """Make a project of the company, over HTTP."""
    return dict(acme.post("/projects", {"key": "APP", "name": "App"}).json())


@pytest.fixture
def new_task(acme: Api, project: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Create tasks over HTTP: `new_task(title="Log in")`."""

    def create(**values: Any) -> dict[str, Any]:
        response = acme.post("/tasks", {"project_id": project["id"], "title": "A task", **values})
        assert response.status_code == 201, response.content
        return dict(response.json())

    return create


def fill() -> dict[str, ObjectId]:
    """Make a project, a task and a comment in whoever's name this runs."""
    from apps.work.domain import comments, projects, tasks  # noqa: PLC0415  once the apps are ready
    from apps.work.domain.bulk_create import NewTask  # noqa: PLC0415  as above
    from novapulse.data import transaction  # noqa: PLC0415  as above

    project_id = projects.create(key="APP", name="App", description="")["_id"]
    new = NewTask(title="A task", labels=("bug",), external_key="EX-1")
    task_id = transaction.run(lambda: tasks.create(new, project_id=project_id))["_id"]
    comment_id = transaction.run(lambda: comments.create(task_id, body="A word"))["_id"]
    return {"project_id": project_id, "task_id": task_id, "comment_id": comment_id}
