"""The front door: whom other apps may ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth import api as auth_api
from apps.auth.domain import key_rotation
from apps.auth.domain.key_ring import ring
from apps.auth.enums import Algorithm
from novapulse import context
from novapulse.context import Principal
from novapulse.tenancy import scope
from novapulse.tenancy.scope import ScopeMissing
from tests.api import Api

if TYPE_CHECKING:
    from pymongo.collection import Collection

    from tests.commands import Commands


def test_only_members_of_the_bound_company_are_active(acme: Api, rival: Api) -> None:
    asked = [acme.membership_id, rival.membership_id, ObjectId()]
    with scope.company(acme.company_id, location="DE"):
        assert auth_api.active_members(asked) == {acme.membership_id}
        assert auth_api.active_members([]) == frozenset()


def test_asking_raises_when_no_company_is_bound(acme: Api) -> None:
    with pytest.raises(ScopeMissing):
        auth_api.active_members([acme.membership_id])


def test_last_uses_are_written_when_they_are_flushed(acme: Api) -> None:
    keys = [acme.post("/api-keys", {"name": name}).json()["key"] for name in ("unused", "used")]
    assert Api(keys[1]).get("/me").status_code == 200
    assert [each["last_used_at"] for each in acme.get("/api-keys").json()["data"]] == [None, None]
    auth_api.flush_last_used()
    used = {each["name"]: each["last_used_at"] for each in acme.get("/api-keys").json()["data"]}
    assert used["unused"] is None
    assert used["used"] is not None


@pytest.mark.parametrize(("role", "holds"), [("manager", True), ("member", False), ("viewer", False)])
def test_permission_is_held_by_the_roles_of_the_table(role: str, *, holds: bool) -> None:
    context.authenticate(Principal("person", ObjectId(), ObjectId(), ObjectId(), role))
    assert auth_api.holds("comments.moderate") is holds


def test_process_obeys_what_became_of_the_keys_when_it_is_told_to_forget_them(
    own_keys: Collection[dict[str, Any]],
) -> None:
    former = ring.active().kid
    new = key_rotation.activate(key_rotation.add(Algorithm.EDDSA).kid, known_for=key_rotation.AT_ONCE).kid
    key_rotation.retire(former)
    assert ring.find(former) is not None
    auth_api.forget_keys()
    assert (ring.find(former), ring.active().kid) == (None, new)


def test_telling_a_process_to_forget_its_keys_asks_no_store(commands: Commands, redis_commands: Commands) -> None:
    with commands.counted() as to_mongodb, redis_commands.counted() as to_redis:
        auth_api.forget_keys()

    assert (to_mongodb, to_redis) == ([], [])
