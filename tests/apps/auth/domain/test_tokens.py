"""Access tokens: what they say, and everything that is not one of ours."""

from __future__ import annotations

import string
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.utils import base64url_encode
from rest_framework_simplejwt.exceptions import TokenError

from apps.auth import conf
from apps.auth.domain import key_kinds, key_rotation, tokens
from apps.auth.domain.key_ring import KeyRing, ring
from apps.auth.enums import Algorithm
from novapulse import clock
from tests.api import Api
from tests.apps.auth.forgery import altered, parts_of, written

if TYPE_CHECKING:
    from pymongo.collection import Collection

CLAIMS = {"iss", "aud", "sub", "mid", "cid", "loc", "sid", "role", "cv", "mv", "jti", "iat", "exp"}
STRANGER = Ed25519PrivateKey.generate()


def test_token_says_who_where_and_till_when(acme: Api) -> None:
    header, claims = parts_of(acme.token)
    assert header == {"alg": "EdDSA", "kid": ring.active().kid, "typ": "at+jwt"}
    assert claims.keys() == CLAIMS
    assert (claims["mid"], claims["cid"]) == (acme.user["membership_id"], acme.company["id"])
    assert (claims["sub"], claims["loc"], claims["role"]) == (acme.user["id"], "DE", "owner")
    assert claims["exp"] - claims["iat"] == 600


def test_token_is_verified_by_others_with_the_published_key(acme: Api) -> None:
    (found,) = [key for key in acme.get("/.well-known/jwks.json").json()["keys"] if key["kid"] == ring.active().kid]
    key = jwt.PyJWK(found)
    claims = jwt.decode(acme.token, key, algorithms=["EdDSA"], audience=conf.AUDIENCE, issuer=conf.ISSUER)
    assert claims["sub"] == acme.user["id"]


def test_user_carries_principal_and_scope(acme: Api) -> None:
    user = tokens.read(acme.token)
    assert user.principal.membership_id == acme.membership_id
    assert (user.scope.company_id, user.scope.location) == (acme.company_id, "DE")
    assert (user.id, user.principal.role, user.principal.kind) == (acme.user["id"], "owner", "person")


def test_scope_narrows_the_role_of_the_user_and_without_one_it_is_whole(acme: Api) -> None:
    assert tokens.read(acme.token).principal.scopes is None
    narrowed = altered(acme.token, claims={"scope": "me.read mfa_factors.update"})
    assert tokens.read(narrowed).principal.scopes == {"me.read", "mfa_factors.update"}
    assert Api(narrowed).get("/me").status_code == 200
    assert Api(narrowed).get("/projects").status_code == 403


def test_token_is_issued_with_the_scopes_that_it_was_asked_for(acme: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    scopes = frozenset({"me.update", "me.read"})
    _issue_for(scopes, monkeypatch)
    fresh = Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"]
    assert parts_of(fresh)[1]["scope"] == "me.read me.update"
    assert tokens.read(fresh).principal.scopes == scopes


def test_token_that_was_issued_for_no_scope_at_all_is_never_one_for_the_whole_role(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    _issue_for(frozenset(), monkeypatch)
    _assert_refused(Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"])


def _issue_for(scopes: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    issue = tokens.issue
    monkeypatch.setattr(tokens, "issue", lambda session, **rest: issue(session, **{**rest, "scopes": scopes}))


def test_token_is_refused_when_it_has_expired(acme: Api) -> None:
    with clock.shifted(timedelta(minutes=9, seconds=45)):
        assert tokens.read(acme.token)
    with clock.shifted(timedelta(minutes=10)):
        _assert_refused(acme.token)


def test_token_is_refused_when_any_character_is_another_one(acme: Api) -> None:
    alphabet = string.ascii_letters + string.digits + "-_."
    for place, character in enumerate(acme.token):
        other = alphabet[(alphabet.index(character) + 1) % len(alphabet)]
        _assert_refused(acme.token[:place] + other + acme.token[place + 1 :])


def test_token_is_refused_when_it_is_spelt_otherwise(acme: Api) -> None:
    """The last character of a signature has four bits that mean nothing: flipping them must not make a second token."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    spare = alphabet[alphabet.index(acme.token[-1]) ^ 1]
    for text in (acme.token[:-1] + spare, acme.token + "=", acme.token + "\n", " " + acme.token, acme.token + "."):
        _assert_refused(text)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "Ed448", "Ed25519", "eddsa"])
def test_token_is_refused_when_its_header_says_another_algorithm_than_the_key(acme: Api, alg: str) -> None:
    _assert_refused(altered(acme.token, header={"alg": alg}))


def test_token_is_refused_before_any_key_is_sought_when_its_form_is_wrong(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [
        acme.token + "=",
        altered(acme.token, header={"crit": ["exp"]}),
        altered(acme.token, header={"kid": "x" * 44}),
        altered(acme.token, claims={"exp": "99999999999"}),
        altered(acme.token, claims={"aud": "elsewhere"}),
        altered(acme.token, claims={"more": "x" * 4096}),
    ]
    monkeypatch.delattr(KeyRing, "find")
    for text in bad:
        _assert_refused(text)
    with pytest.raises(AttributeError):
        tokens.read(acme.token)


def test_token_is_refused_when_it_is_not_signed(acme: Api) -> None:
    header, claims = parts_of(acme.token)
    _assert_refused(written({**header, "alg": "none"}, claims, sign=lambda _: b""))
    _assert_refused(acme.token.rpartition(".")[0] + ".")


def test_token_is_refused_when_a_stranger_signed_and_brings_the_key_along(acme: Api) -> None:
    header, claims = parts_of(acme.token)
    own = key_kinds.thumbprint(STRANGER.public_key())
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(STRANGER.public_key().public_bytes_raw()).decode()}
    for forged in (header, {**header, "kid": own}, {**header, "kid": own, "jwk": jwk}):
        _assert_refused(written(forged, claims, sign=STRANGER.sign))


def test_token_is_refused_before_its_signature_is_looked_at_when_its_algorithm_is_not_the_key_s(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [altered(acme.token, header={"alg": alg}) for alg in ("none", "HS256", "RS256")]
    monkeypatch.delattr(jwt.PyJWS, "decode_complete")
    for text in bad:
        _assert_refused(text)
    with pytest.raises(AttributeError):
        tokens.read(acme.token)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_token_is_signed_and_verified_by_either_kind_of_key(
    acme: Api, own_keys: Collection[dict[str, Any]], algorithm: Algorithm
) -> None:
    key = key_rotation.add(algorithm)
    key_rotation.activate(key.kid, known_for=key_rotation.AT_ONCE)
    ring.refresh()
    fresh = Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"]
    assert parts_of(fresh)[0] == {"alg": algorithm.value, "kid": key.kid, "typ": "at+jwt"}
    assert (tokens.read(fresh).id, tokens.read(acme.token).id) == (acme.user["id"], acme.user["id"])


def test_token_is_refused_when_its_key_is_retired(acme: Api, own_keys: Collection[dict[str, Any]]) -> None:
    key_rotation.activate(key_rotation.add(Algorithm.EDDSA).kid, known_for=key_rotation.AT_ONCE)
    ring.refresh()
    assert tokens.read(acme.token)
    key_rotation.retire(parts_of(acme.token)[0]["kid"])
    ring.refresh()
    _assert_refused(acme.token)


def _assert_refused(text: str) -> None:
    with pytest.raises(TokenError):
        tokens.read(text)
