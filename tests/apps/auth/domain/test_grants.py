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


def test_grant_shows_no_token_when_it_is_printed() -> None:
    grant = Grant("access", "refresh")
    assert f"{grant} {grant!r}" == "Grant(...) Grant(...)"
