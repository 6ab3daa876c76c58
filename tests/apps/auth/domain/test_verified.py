"""Tokens that were verified before ask nobody again, and are refused when what they rest on has gone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from rest_framework_simplejwt.exceptions import TokenError

from apps.auth.domain import key_rotation, tokens
from apps.auth.domain.key_ring import ring
from apps.auth.domain.verified import VerifiedTokens
from apps.auth.enums import Algorithm
from novapulse import clock
from tests.apps.auth.forgery import altered

if TYPE_CHECKING:
    from pymongo.collection import Collection

    from tests.api import Api


def test_token_is_verified_once_when_it_is_used_again(acme: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = VerifiedTokens(most=10)
    first = kept.user_of(acme.token)
    monkeypatch.delattr(tokens, "read")
    assert kept.user_of(acme.token) is first


def test_known_token_is_refused_when_it_expires(acme: Api) -> None:
    kept = VerifiedTokens(most=10)
    kept.user_of(acme.token)
    with clock.shifted(timedelta(minutes=10)), pytest.raises(TokenError):
        kept.user_of(acme.token)
    assert len(kept) == 0


def test_known_token_is_refused_when_its_key_is_retired(acme: Api, own_keys: Collection[dict[str, Any]]) -> None:
    kept = VerifiedTokens(most=10)
    user = kept.user_of(acme.token)
    key_rotation.activate(key_rotation.add(Algorithm.EDDSA).kid, known_for=key_rotation.AT_ONCE)
    ring.refresh()
    assert kept.user_of(acme.token) is user
    key_rotation.retire(user.kid)
    ring.refresh()
    with pytest.raises(TokenError):
        kept.user_of(acme.token)
    assert len(kept) == 0


def test_least_recently_used_token_goes_first_when_there_are_too_many(acme: Api) -> None:
    kept = VerifiedTokens(most=3)
    first, second, third, fourth = (altered(acme.token, claims={"jti": f"{number:032x}"}) for number in range(4))
    for token in (first, second, third, first, fourth):
        kept.user_of(token)
    assert set(kept._users) == {first, third, fourth}


def test_bad_token_is_never_kept(acme: Api) -> None:
    kept = VerifiedTokens(most=3)
    for number in range(10):
        with pytest.raises(TokenError):
            kept.user_of(f"{acme.token}{number}")
    assert len(kept) == 0
