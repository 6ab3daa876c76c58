"""API keys behind the gate, with Redis and without: ended at once, and never refused while they are good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.auth import conf
from apps.auth.domain import users
from apps.auth.domain.api_key_users import KnownKeys
from apps.tenants.domain import standing
from novapulse.gate import gate
from novapulse.gate.gate import Gate
from novapulse.gate.store import GateStore
from tests import faults
from tests.api import Api
from tests.authenticator import enrolled, refreshed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.commands import Commands


@pytest.fixture(params=["redis", "no-redis"])
def the_gate(request: pytest.FixtureRequest) -> Iterator[Gate]:
    """Decide with Redis, and once more with nobody where Redis should be."""
    real = gate.current()
    if request.param == "no-redis":
        store = GateStore(f"redis://127.0.0.1:{faults.refusing_port()}/0")
        gate.use(Gate(store, truth_of=real._truths._load, lease_seconds=30))
    yield gate.current()
    gate.use(real)


def _key(caller: Api, **body: object) -> Api:
    answer = caller.post("/api-keys", {"name": "CI", **body})
    assert answer.status_code == 201, answer.content
    key = Api(answer.json()["key"], company=caller.company, user=answer.json())
    assert key.get("/tasks").status_code == 200  # this process knows it from now on
    return key


@pytest.mark.usefixtures("the_gate")
def test_key_is_refused_from_the_moment_that_it_ends(acme: Api, rival: Api) -> None:
    key, other, theirs = _key(acme), _key(acme), _key(rival)
    assert acme.delete(f"/api-keys/{key.user['id']}").status_code == 204
    assert [each.get("/tasks").status_code for each in (key, key, other, theirs, acme)] == [401, 401, 200, 200, 200]


def test_key_does_not_lift_what_its_company_requires(acme: Api, rival: Api) -> None:
    enrolled(acme)
    assert acme.patch("/company", {"mfa_required": True}, version=1).status_code == 200
    owner = refreshed(acme)
    key = _key(owner)
    assert key.patch("/company", {"mfa_required": False}, version=2).status_code == 403
    assert key.patch("/company", {"name": "Acme & Daughters"}, version=2).status_code == 200
    assert [each.get("/company").json()["mfa_required"] for each in (owner, rival)] == [True, False]


@pytest.mark.usefixtures("the_gate")
def test_key_goes_on_in_the_role_that_its_member_is_given(acme: Api, new_member: Callable[..., Api]) -> None:
    manager = new_member(acme, "manager")
    key = _key(manager)
    assert key.post("/projects", {"key": "ONE", "name": "One"}).status_code == 201
    assert acme.patch(f"/members/{manager.membership_id}", {"role": "viewer"}).status_code == 200
    assert [key.get("/tasks").status_code for _ in range(3)] == [200] * 3
    assert key.post("/projects", {"key": "TWO", "name": "Two"}).status_code == 403
    assert acme.patch(f"/members/{manager.membership_id}", {"role": "manager"}).status_code == 200
    assert key.post("/projects", {"key": "TWO", "name": "Two"}).status_code == 201


@pytest.mark.usefixtures("the_gate")
def test_key_ends_with_its_service_account(acme: Api) -> None:
    robot, own = _key(acme, service_account={"name": "Robot", "role": "member"}), _key(acme)
    assert acme.delete(f"/members/{robot.user['membership_id']}").status_code == 204
    assert [robot.get("/tasks").status_code, own.get("/tasks").status_code] == [401, 200]


@pytest.mark.usefixtures("the_gate")
def test_key_rests_while_its_company_is_suspended(acme: Api, rival: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "API_KEYS_REFUSED_SECONDS", -1.0)  # the seconds after which a company goes on
    monkeypatch.setattr(users, "known", KnownKeys())
    key, theirs = _key(acme), _key(rival)
    standing.suspend("acme")
    assert [key.get("/tasks").status_code, theirs.get("/tasks").status_code] == [401, 200]
    standing.resume("acme")
    assert key.get("/tasks").status_code == 200


def test_authenticated_read_by_a_known_key_is_one_redis_and_one_mongodb_command(
    acme: Api, commands: Commands, redis_commands: Commands
) -> None:
    key = _key(acme)
    with commands.counted() as to_mongodb, redis_commands.counted() as to_redis:
        assert key.get("/tasks").status_code == 200
    assert (to_redis, to_mongodb) == (["EVALSHA"], ["find"])
