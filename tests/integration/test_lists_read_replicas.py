"""Three members of MongoDB: replicas answer lists whose reader allows it, the primary answers all else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from pymongo import monitoring

from config import apps as wiring
from novapulse.data import registry
from novapulse.data.mongo import MongoProvider
from novapulse.local.guard import guarding
from novapulse.tenancy import document, guard
from tests.api import PASSWORD, Api, sign_up
from tests.faults.replicas import replica_set
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.replicas import Member, ReplicaSet

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

ALLOWED = "max_staleness_seconds=90"
LISTS = ("/projects?", "/tasks?", "/me/tasks?", "/tasks?q=task&", "/tasks/{task_id}/comments?")
ROUNDS = 20  # in each the driver picks one of two replicas


@dataclass(frozen=True)
class Command:
    """What a member was asked: on which port, and by which read preference; `primary` goes without saying."""

    port: int
    name: str
    collection: str
    mode: str


class Asked(monitoring.CommandListener):
    """Notes every command."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        name, body = event.command_name, event.command
        mode = body.get("$readPreference", {}).get("mode", "primary")
        self.commands.append(Command(int(event.connection_id[1] or 0), name, str(body.get(name)), mode))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


@dataclass(frozen=True)
class Company:
    """A company with a task of its owner's, and what was said about it."""

    owner: Api
    project_id: str
    task_id: str

    def listed(self, path: str) -> list[str]:
        """Give the ids of a list."""
        answer = self.owner.get(path.format(task_id=self.task_id))
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["data"]]


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    folder = tmp_path_factory.mktemp("replicas")
    with guarding(folder, remove=True) as held, replica_set(folder, guard=held) as members:
        members.keep_primary()
        yield members


@pytest.fixture(scope="module")
def _kept_on_three(replicas: ReplicaSet) -> Iterator[Asked]:
    from apps.auth.domain.key_ring import ring  # noqa: PLC0415  once the apps are ready
    from apps.operations.domain import indexes  # noqa: PLC0415  as above

    real, noted, options = registry.provider("mongodb"), Asked(), wiring.mongo_options()
    options = replace(options, uri=replicas.url, listeners=(*options.listeners, noted))
    provider = MongoProvider(options, client_class=wiring.scoped_client)
    registry.register(provider)
    document.use_database(provider.database)
    ring.refresh()
    indexes.apply(indexes.plan())
    yield noted
    registry.register(real)
    document.use_database(real.database)
    ring.refresh()
    provider.close()


@pytest.fixture
def asked(_kept_on_three: Asked) -> Iterator[Asked]:
    """Keep everything on the three members, and note what they are asked; nothing of it without its company."""
    guard.reset()
    yield _kept_on_three
    assert guard.violations() == 0


@pytest.fixture(scope="module")
def companies(_kept_on_three: Asked) -> tuple[Company, Company]:
    return company("acme"), company("rival")


def company(slug: str) -> Company:
    owner = sign_up(slug)
    project_id = owner.post("/projects", {"key": "APP", "name": "App"}).json()["id"]
    task = {"project_id": project_id, "title": "A task", "assignee_id": str(owner.membership_id)}
    task_id = owner.post("/tasks", task).json()["id"]
    assert owner.post(f"/tasks/{task_id}/comments", {"body": "A word"}).status_code == 201
    return Company(owner, project_id, task_id)


def caught_up(companies: tuple[Company, Company]) -> None:
    """Wait until each replica has what was written: so many reads in a row show it."""
    for each in companies:
        for path in LISTS:
            wait_until(lambda: all(each.listed(path + ALLOWED) for _ in range(ROUNDS)))  # noqa: B023  called at once


@pytest.mark.parametrize("path", LISTS)
def test_replicas_answer_a_list_whose_reader_allows_it(
    replicas: ReplicaSet, asked: Asked, companies: tuple[Company, Company], path: str
) -> None:
    def by_a_replica() -> bool:
        asked.commands.clear()
        companies[0].listed(path + ALLOWED)
        (find,) = [each for each in asked.commands if each.mode != "primary"]
        assert (find.name, find.mode) == ("find", "secondaryPreferred")
        return find.port != replicas.primary().site.port

    wait_until(by_a_replica)


def test_replicas_show_a_company_its_own_rows_only(asked: Asked, companies: tuple[Company, Company]) -> None:
    caught_up(companies)
    acme, rival = companies

    for path in LISTS[:-1]:
        seen = {row for _ in range(ROUNDS) for row in acme.listed(path + ALLOWED)}
        assert seen & {acme.project_id, acme.task_id}
        assert not seen & {rival.project_id, rival.task_id}
    assert acme.owner.get(f"/tasks/{rival.task_id}/comments?{ALLOWED}").status_code == 404


def test_all_else_is_read_from_the_primary(asked: Asked, companies: tuple[Company, Company]) -> None:
    asked.commands.clear()
    acme, (owner, task) = companies[0], (companies[0].owner, f"/tasks/{companies[0].task_id}")
    credentials = {"email": owner.email, "password": PASSWORD}
    statuses = [
        Api().post("/auth/login", credentials).status_code,
        Api().post("/auth/refresh", {"refresh_token": owner.refresh_token}).status_code,
        owner.post("/projects", {"key": "APP", "name": "The key is taken"}).status_code,
        owner.patch(task, {"title": "Another"}, version=7).status_code,
        *(owner.get(path).status_code for path in (task, "/me", "/members", "/company", "/company/usage")),
        *(owner.get(path.format(task_id=acme.task_id)).status_code for path in LISTS),
        owner.get("/tasks?max_staleness_seconds=89").status_code,
    ]

    assert statuses == [200, 200, 409, 412, *[200] * 5, *[200] * 5, 200]
    assert {each.mode for each in asked.commands} == {"primary"}
    assert {each.collection for each in asked.commands} >= {"identities", "memberships", "sessions", "tasks"}


def test_what_was_just_written_is_there_for_whoever_does_not_allow_that_it_is_missing(
    replicas: ReplicaSet, asked: Asked, companies: tuple[Company, Company]
) -> None:
    acme = companies[0]
    lagging = _replica(replicas)
    lagging.fetches(mode="alwaysOn")
    try:
        body = {"project_id": acme.project_id, "title": "A second"}
        written = acme.owner.post("/tasks", body).json()["id"]

        assert all(written in acme.listed("/tasks?") for _ in range(ROUNDS))
        wait_until(lambda: written not in acme.listed("/tasks?" + ALLOWED))  # which is what is allowed
        assert acme.owner.delete(f"/tasks/{written}", version=1).status_code == 204
    finally:
        lagging.fetches(mode="off")


def _replica(replicas: ReplicaSet) -> Member:
    primary = replicas.primary()
    return next(each for each in replicas.members if each is not primary)
