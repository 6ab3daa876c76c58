"""An Authorization header names somebody, or nobody; nothing in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.auth.domain import users
from novapulse.errors import InvalidToken, Unauthenticated

if TYPE_CHECKING:
    from tests.api import Api


def test_access_token_names_its_member_company_and_session(acme: Api) -> None:
    user = users.of(f"Bearer {acme.token}")
    assert user.principal.membership_id == acme.membership_id
    assert user.scope.company_id == acme.company_id
    assert user.credential.credential_id == str(user.principal.credential_id)
    assert user.credential.token_id


@pytest.mark.parametrize("header", ["", "Basic x", "Digest np_x", "np_x"])
def test_other_schemes_are_no_credential(header: str) -> None:
    with pytest.raises(Unauthenticated):
        users.of(header)


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer nonsense", "bearer a.b.c", "Bearer np_", "Bearer np_x_y"]
)
def test_nonsense_is_a_bad_credential(header: str) -> None:
    with pytest.raises(InvalidToken):
        users.of(header)


def test_api_key_names_its_member_company_and_itself(acme: Api, rival: Api) -> None:
    key = acme.post("/api-keys", {"name": "CI"}).json()
    user = users.of(f"Bearer {key['key']}")
    assert user.principal.membership_id == acme.membership_id
    assert user.scope.company_id == acme.company_id
    assert (user.credential.credential_id, user.credential.token_id) == (key["id"], "")


def test_api_key_that_the_gate_refuses_is_read_again(acme: Api) -> None:
    key = acme.post("/api-keys", {"name": "CI"}).json()
    user = users.of(f"bearer {key['key']}")
    again = users.again(user)
    assert again is not None
    assert again is not user
    assert again.principal == user.principal
    assert acme.delete(f"/api-keys/{key['id']}").status_code == 204
    assert users.again(user) is None


def test_access_token_that_the_gate_refuses_is_over(acme: Api) -> None:
    assert users.again(users.of(f"Bearer {acme.token}")) is None
