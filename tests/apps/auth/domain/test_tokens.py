"""Access tokens: what they say, and everything that is not one of ours."""

from __future__ import annotations

import hashlib
import hmac
import string
from datetime import timedelta
from functools import partial
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode
from rest_framework_simplejwt.exceptions import TokenError

from apps.auth import conf
from apps.auth.domain import signing_keys, tokens
from apps.auth.domain.key_ring import ring
from novapulse import clock
from tests.api import Api
from tests.apps.auth.forgery import altered, parts_of, written

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


@pytest.mark.parametrize(
    "scope",
    ["", " ", "me", "me.", ".read", "me.read ", " me.read", "me.read  me.update", "me.read\n", "*.*", "Me.read"],
)
def test_token_is_refused_when_its_scope_is_no_list_of_permissions(acme: Api, scope: str) -> None:
    _assert_refused(altered(acme.token, claims={"scope": scope}))


@pytest.mark.parametrize("scope", [None, True, 1, ["me.read"], {"me.read": True}], ids=repr)
def test_token_is_refused_when_its_scope_is_no_text(acme: Api, scope: object) -> None:
    _assert_refused(altered(acme.token, claims={"scope": scope}))


def test_token_is_issued_with_the_scopes_that_it_was_asked_for(acme: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    scopes = frozenset({"me.update", "me.read"})
    monkeypatch.setattr(tokens, "issue", partial(tokens.issue, scopes=scopes))
    fresh = Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"]
    assert parts_of(fresh)[1]["scope"] == "me.read me.update"
    assert tokens.read(fresh).principal.scopes == scopes


def test_token_that_was_issued_for_no_scope_at_all_is_never_one_for_the_whole_role(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "issue", partial(tokens.issue, scopes=frozenset()))
    _assert_refused(Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"])


def test_token_is_refused_when_it_has_expired(acme: Api) -> None:
    with clock.shifted(timedelta(minutes=9, seconds=58)):
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


@pytest.mark.parametrize("text", ["", ".", "..", "...", "a.b.c", "é.é.é", "null", "e30.e30.e30", "\x00", "=.=.=", "🔑"])
def test_token_is_refused_when_it_is_none(database: object, text: str) -> None:
    _assert_refused(text)


@pytest.mark.parametrize("claim", sorted(CLAIMS))
@pytest.mark.parametrize("value", [..., None, "", True, 1.5, -1, [], {}, "9" * 24 + "\n"], ids=repr)
def test_token_is_refused_when_a_claim_is_missing_or_of_another_type(acme: Api, claim: str, value: object) -> None:
    if claim in {"cv", "mv", "iat"} and value == -1:
        return  # a whole number is one, and these decide nothing here
    _assert_refused(altered(acme.token, claims={claim: value}))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "99999999999"},
        {"exp": 99999999999.5},
        {"iss": "https://elsewhere.example"},
        {"aud": "https://elsewhere.example"},
        {"aud": [conf.AUDIENCE]},
        {"role": "operator"},
        {"loc": "de"},
        {"cid": "../../etc/passwd"},
    ],
    ids=repr,
)
def test_token_is_refused_when_a_claim_is_not_ours_though_our_key_signed(acme: Api, claims: dict[str, Any]) -> None:
    _assert_refused(altered(acme.token, claims=claims))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": ...},
        {"typ": "AT+JWT"},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "Ed448"},
        {"alg": ...},
        {"kid": ...},
        {"kid": None},
        {"kid": ["x"]},
        {"kid": "../../../dev/null"},
        {"kid": "' or '1'='1"},
        {"kid": {"$ne": None}},
        {"crit": ["exp"]},
        {"crit": []},
        {"jku": "https://elsewhere.example/jwks.json"},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}},
        {"x5u": "https://elsewhere.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"x5t": "A"},
        {"b64": False},
        {"cty": "JWT"},
    ],
    ids=repr,
)
def test_token_is_refused_when_its_header_is_not_ours_though_our_key_signed(acme: Api, header: dict[str, Any]) -> None:
    _assert_refused(altered(acme.token, header=header))


def test_token_is_refused_when_it_is_not_signed(acme: Api) -> None:
    header, claims = parts_of(acme.token)
    _assert_refused(written({**header, "alg": "none"}, claims, sign=lambda _: b""))
    _assert_refused(acme.token.rpartition(".")[0] + ".")


def test_token_is_refused_when_our_public_key_served_as_a_secret(acme: Api) -> None:
    header, claims = parts_of(acme.token)
    public = ring.active().private.public_key()
    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.Raw, PublicFormat.Raw),
    ):
        forged = {**header, "alg": "HS256"}
        _assert_refused(written(forged, claims, sign=lambda text, key=secret: hmac.digest(key, text, hashlib.sha256)))


def test_token_is_refused_when_a_stranger_signed_and_brings_the_key_along(acme: Api) -> None:
    header, claims = parts_of(acme.token)
    own = signing_keys.thumbprint(STRANGER.public_key())
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(STRANGER.public_key().public_bytes_raw()).decode()}
    for forged in (header, {**header, "kid": own}, {**header, "kid": own, "jwk": jwk}):
        _assert_refused(written(forged, claims, sign=STRANGER.sign))


def test_token_is_refused_when_it_is_too_large(acme: Api) -> None:
    _assert_refused(altered(acme.token, claims={"more": "x" * 4096}))
    assert tokens.read(altered(acme.token, claims={"more": "x" * 1000}))


def test_token_is_refused_when_the_payload_is_no_object(acme: Api) -> None:
    header, _ = parts_of(acme.token)
    for payload in ([], "text", None, 7):
        _assert_refused(written(header, payload))


def _assert_refused(text: str) -> None:
    with pytest.raises(TokenError):
        tokens.read(text)
