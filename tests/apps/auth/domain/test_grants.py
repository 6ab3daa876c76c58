"""What a sign-in hands out."""

from __future__ import annotations

from apps.auth.domain import grants
from apps.auth.domain.grants import Grant


def test_grant_is_presented_as_the_standard_has_it() -> None:
    assert grants.present(Grant("access", "refresh")) == {
        "access_token": "access",
        "refresh_token": "refresh",
        "token_type": "Bearer",
        "expires_in": 600,
    }


def test_grant_tells_its_scope_where_that_is_less_than_the_role() -> None:
    narrowed = grants.present(Grant("access", "refresh", frozenset({"b.read", "a.read"})))
    assert narrowed["scope"] == "a.read b.read"
    assert "scope" not in grants.present(Grant("access", "refresh"))


def test_grant_shows_no_token_when_it_is_printed() -> None:
    grant = Grant("access", "refresh")
    assert f"{grant} {grant!r}" == "Grant(...) Grant(...)"
