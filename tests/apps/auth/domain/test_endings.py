"""Every way to end credentials ends just those that it should, and tells the gate so in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.core.management import call_command

from apps.auth.domain import endings, memberships, password_reset, sessions
from apps.auth.domain.sessions import Device
from apps.auth.enums import Role
from config.apps import the_watch
from novapulse.data import transaction
from novapulse.gate.decision import Level
from tests import people
from tests.api import PASSWORD, Api
from tests.apps.auth.ends import announced, credential_of, is_announced, is_good

if TYPE_CHECKING:
    from collections.abc import Callable

EMAIL = "anna@home.example"
NEW_PASSWORD = "seven bridges over a slow river"


@dataclass(frozen=True)
class World:
    """Anna, in two companies: with a session in each, and a second one on a phone in the first."""

    owner: Api
    here: Api
    phone: Api
    there: Api


@pytest.fixture
def world(acme: Api, rival: Api, new_member: Callable[..., Api]) -> World:
    here = new_member(acme, "member", email=EMAIL)
    there = new_member(rival, "member", email=EMAIL)
    return World(acme, here, _signed_in("acme"), there)


def _signed_in(slug: str) -> Api:
    body = Api().post("/auth/login", {"email": EMAIL, "password": PASSWORD, "company_slug": slug}).json()
    return Api(body["access_token"], body["refresh_token"], EMAIL)


def _session_of(api: Api) -> str:
    return credential_of(api.token).credential_id


def _log_out(world: World) -> None:
    assert world.here.post("/auth/logout").status_code == 204


def _end_one(world: World) -> None:
    assert world.phone.delete(f"/me/sessions/{_session_of(world.here)}").status_code == 204


def _log_out_everywhere(world: World) -> None:
    assert world.here.post("/auth/logout-all").status_code == 204


def _change_password(world: World) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    answer = world.here.post("/auth/password:change", body)
    assert answer.status_code == 200
    assert is_good(answer.json()["access_token"])


def _reset_password(world: World) -> None:
    assert Api().post("/auth/password:forgot", {"email": EMAIL}).status_code == 204
    assert password_reset.room.drain(seconds=10)
    token = str(mail.outbox[-1].body).split("token=")[1].split()[0]
    assert Api().post("/auth/password:reset", {"token": token, "new_password": NEW_PASSWORD}).status_code == 204


def _change_role(world: World) -> None:
    path = f"/members/{world.here.user['membership_id']}"
    assert world.owner.patch(path, {"role": "viewer"}).status_code == 200


def _remove(world: World) -> None:
    assert world.owner.delete(f"/members/{world.here.user['membership_id']}").status_code == 204


def _leave(world: World) -> None:
    assert world.here.delete(f"/members/{world.here.user['membership_id']}").status_code == 204


def _reuse(world: World) -> None:
    token = world.here.refresh_token
    for _ in range(2):
        token = Api().post("/auth/refresh", {"refresh_token": token}).json()["refresh_token"]
    assert Api().post("/auth/refresh", {"refresh_token": world.here.refresh_token}).status_code == 401


def _deactivate(_world: World) -> None:
    call_command("user", "deactivate", EMAIL, "--reason", "Left")


def _revoke_session(world: World) -> None:
    call_command("revoke", "session", _session_of(world.here), "--reason", "Lost")


def _revoke_token(world: World) -> None:
    token_id, session_id = credential_of(world.here.token).token_id, _session_of(world.here)
    call_command("revoke", "token", token_id, "--session", session_id, "--reason", "Lost")


def _revoke_membership(world: World) -> None:
    call_command("revoke", "membership", world.here.user["membership_id"], "--reason", "Lost")


ENDS = {
    _log_out: {"here"},
    _end_one: {"here"},
    _log_out_everywhere: {"here", "phone", "there"},
    _change_password: {"here", "phone", "there"},
    _reset_password: {"here", "phone", "there"},
    _change_role: {"here", "phone"},
    _remove: {"here", "phone"},
    _leave: {"here", "phone"},
    _reuse: {"here"},
    _deactivate: {"here", "phone", "there"},
    _revoke_session: {"here"},
    _revoke_token: {"here"},
    _revoke_membership: {"here", "phone"},
}


@pytest.mark.parametrize(("end", "ended"), ENDS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_just_the_access_tokens_that_should_end_do_and_the_gate_is_told(
    world: World, end: Callable[[World], None], ended: set[str]
) -> None:
    known = {name: getattr(world, name).token for name in ("here", "phone", "there", "owner")}
    assert all(is_good(token) for token in known.values())
    end(world)
    assert {name for name, token in known.items() if not is_good(token)} == ended
    assert {name for name, token in known.items() if is_announced(token)} == ended
    the_watch().look()  # as each serving process does twice a second: Redis may have been too slow on a busy machine
    assert {name for name, token in known.items() if Api(token).get("/me").status_code == 401} == ended


@pytest.mark.parametrize(("end", "ended"), ENDS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_just_the_refresh_tokens_that_should_end_do(
    world: World, end: Callable[[World], None], ended: set[str]
) -> None:
    end(world)
    for name in ("phone", "there", "owner") if end is _reuse else ("here", "phone", "there", "owner"):
        answer = Api().post("/auth/refresh", {"refresh_token": getattr(world, name).refresh_token})
        goes_on = name not in ended or end is _revoke_token
        assert answer.status_code == (200 if goes_on else 401), name


def test_many_sessions_of_a_membership_end_by_one_change(database: object) -> None:
    home = people.company("acme")
    anna = people.person(home, role=Role.MEMBER)
    for _ in range(30):
        sessions.start(anna.membership, device=Device("pytest", "127.0.0.1"))
    ended = transaction.run(lambda: endings.end_sign_ins_of(anna.identity.id, reason="tested"))
    assert ended == 30
    assert [(change.level, change.subject) for change in announced()] == [(Level.MEMBERSHIP, str(anna.id))]


def test_api_keys_go_on_after_a_logout_everywhere_and_not_when_somebody_is_shut_out(database: object) -> None:
    home = people.company("acme")
    anna, bert = (people.person(home, role=Role.MEMBER) for _ in range(2))
    keys = {person.id: people.key(person) for person in (anna, bert)}
    transaction.run(lambda: endings.end_sign_ins_of(anna.identity.id, reason="tested"))
    assert [Api(key).get("/tasks").status_code for key in keys.values()] == [200, 200]
    transaction.run(lambda: endings.shut_out(anna.identity.id, reason="tested"))
    the_watch().look()
    assert [Api(key).get("/tasks").status_code for key in keys.values()] == [401, 200]


def test_nothing_has_ended_and_nothing_is_announced_when_the_transaction_fails(database: object) -> None:
    anna = people.person(people.company("acme"), role=Role.MEMBER)
    session = sessions.start(anna.membership, device=Device("pytest", "127.0.0.1"))

    def fail() -> None:
        endings.end_sign_ins_of(anna.identity.id, reason="tested")
        raise LookupError

    with pytest.raises(LookupError):
        transaction.run(fail)
    assert announced() == []
    assert sessions.by_id(session.id) == session
    assert memberships.active(anna.id) == anna.membership
