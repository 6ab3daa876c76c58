"""The front door: whom other apps may ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.auth import api as auth_api
from novapulse import context
from novapulse.context import Principal
from novapulse.tenancy import scope
from novapulse.tenancy.scope import ScopeMissing

if TYPE_CHECKING:
    from tests.api import Api


def test_only_members_of_the_bound_company_are_active(acme: Api, rival: Api) -> None:
    asked = [acme.membership_id, rival.membership_id, ObjectId()]
    with scope.company(acme.company_id, location="DE"):
        assert auth_api.active_members(asked) == {acme.membership_id}
        assert auth_api.active_members([]) == frozenset()


def test_asking_raises_when_no_company_is_bound(acme: Api) -> None:
    with pytest.raises(ScopeMissing):
        auth_api.active_members([acme.membership_id])


@pytest.mark.parametrize(("role", "holds"), [("manager", True), ("member", False), ("viewer", False)])
def test_permission_is_held_by_the_roles_of_the_table(role: str, *, holds: bool) -> None:
    context.authenticate(Principal("person", ObjectId(), ObjectId(), ObjectId(), role))
    assert auth_api.holds("comments.moderate") is holds
