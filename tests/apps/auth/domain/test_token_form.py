"""What can be told of a token from without: everything here is refused before any key is sought."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jwt.utils import base64url_decode, base64url_encode
from rest_framework_simplejwt.exceptions import TokenBackendError

from apps.auth import conf
from apps.auth.domain import token_form
from tests.apps.auth.forgery import changed, doubled, written

KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
HEADER: dict[str, Any] = {"alg": "EdDSA", "kid": KID, "typ": "at+jwt"}
CLAIMS: dict[str, Any] = {
    "iss": conf.ISSUER,
    "aud": conf.AUDIENCE,
    "sub": "0" * 24,
    "mid": "1" * 24,
    "cid": "2" * 24,
    "loc": "DE",
    "sid": "3" * 24,
    "role": "owner",
    "cv": 1,
    "mv": 1,
    "jti": "4" * 32,
    "iat": 1_750_000_000,
    "exp": 1_750_000_600,
}


def unsigned(header: object = HEADER, claims: object = CLAIMS) -> str:
    """Write a token that nobody has signed."""
    return written(header, claims, sign=lambda _: b"signature")


def test_good_token_is_read() -> None:
    assert token_form.header_of(unsigned()) == HEADER
    assert token_form.claims_of(unsigned()) == CLAIMS


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": ...},
        {"typ": "AT+JWT"},
        {"typ": "application/at+jwt"},
        {"alg": ...},
        {"alg": None},
        {"alg": ["EdDSA"]},
        {"kid": ...},
        {"kid": None},
        {"kid": ["x"]},
        {"kid": {"$ne": None}},
        {"kid": ""},
        {"kid": KID + "A"},
        {"kid": KID + "\n"},
        {"kid": KID[:-1]},
        {"kid": KID[:-1] + "\x00"},
        {"kid": "../../../../../../../../../../../dev/null.x"},
        {"kid": "' or '1'='1' or '1'='1' or '1'='1' or '1'=1"},
        {"kid": "x" * 2000},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": None},
        {"jku": "https://elsewhere.example/jwks.json"},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}},
        {"x5u": "https://elsewhere.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"x5t": "A"},
        {"x5t#S256": "A"},
        {"b64": False},
        {"cty": "JWT"},
        {"zip": "DEF"},
        {"enc": "A128GCM"},
    ],
    ids=repr,
)
def test_header_is_refused_when_it_is_not_one_of_ours(header: dict[str, Any]) -> None:
    _assert_header_refused(unsigned(changed(HEADER, header)))


@pytest.mark.parametrize("name", sorted(CLAIMS))
@pytest.mark.parametrize("value", [..., None, "", True, 1.5, -1, 2**53, [], {}, "9" * 24 + "\n"], ids=repr)
def test_claim_is_refused_when_it_is_missing_or_of_another_type(name: str, value: object) -> None:
    _assert_claims_refused(unsigned(claims=changed(CLAIMS, {name: value})))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "99999999999"},
        {"exp": 99999999999.5},
        {"exp": 99999999999.0},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"more": float("nan")},
        {"more": [float("-inf")]},
        {"iss": "https://elsewhere.example"},
        {"aud": "https://elsewhere.example"},
        {"aud": [conf.AUDIENCE]},
        {"role": "operator"},
        {"loc": "de"},
        {"cid": "../../etc/passwd"},
    ],
    ids=repr,
)
def test_claims_are_refused_when_one_is_not_ours(claims: dict[str, Any]) -> None:
    _assert_claims_refused(unsigned(claims={**CLAIMS, **claims}))


@pytest.mark.parametrize("text", ["1e3", "1E400", "0x10", "01", "+1", "1_000", "9" * 2000, "1.", "NaN", "-0.0"])
def test_claims_are_refused_when_a_number_is_spelt_otherwise(text: str) -> None:
    _assert_claims_refused(unsigned(claims=json.dumps(CLAIMS).replace('"exp": 1750000600', f'"exp": {text}')))


@pytest.mark.parametrize("name", sorted(HEADER))
def test_header_is_refused_when_a_name_stands_in_it_twice(name: str) -> None:
    _assert_header_refused(unsigned(doubled(HEADER, name, HEADER[name])))
    _assert_header_refused(unsigned(doubled(HEADER, name, "another")))


@pytest.mark.parametrize("name", [*sorted(CLAIMS), "more"])
def test_claims_are_refused_when_a_name_stands_in_them_twice(name: str) -> None:
    own = {"more": 1, **CLAIMS}
    for value in (own[name], "another"):
        _assert_claims_refused(unsigned(claims=doubled(own, name, value)))


def test_claims_are_refused_when_a_name_stands_twice_in_another_spelling_or_deeper() -> None:
    text = json.dumps(CLAIMS)[1:]
    assert token_form.claims_of(unsigned(claims=f'{{"more": {{"a": 1, "b": 2}}, {text}'))
    _assert_claims_refused(unsigned(claims=f'{{"more": {{"a": 1, "a": 2}}, {text}'))
    _assert_claims_refused(unsigned(claims=f'{{"\\u0065xp": 99999999999, {text}'))


def test_actor_is_named_in_a_token_that_is_narrowed() -> None:
    claims = {**CLAIMS, "act": {"sub": "ada@staff.example"}, "scope": "me.read"}
    assert token_form.claims_of(unsigned(claims=claims)) == claims
    _assert_claims_refused(unsigned(claims={**CLAIMS, "act": {"sub": "ada@staff.example"}}))


@pytest.mark.parametrize(
    "actor",
    [None, "", "ada", [], {}, {"sub": None}, {"sub": ""}, {"sub": "a b"}, {"sub": "a\n"}, {"sub": "a", "act": {}}],
    ids=repr,
)
def test_claims_are_refused_when_the_actor_is_not_a_name_alone(actor: object) -> None:
    _assert_claims_refused(unsigned(claims={**CLAIMS, "scope": "me.read", "act": actor}))


@pytest.mark.parametrize("scope", ["me.read", "me.read mfa_factors.update"])
def test_scope_is_a_list_of_permissions(scope: str) -> None:
    assert token_form.claims_of(unsigned(claims={**CLAIMS, "scope": scope}))["scope"] == scope


@pytest.mark.parametrize(
    "scope",
    [
        *("", " ", "me", "me.", ".read", "me.read ", " me.read", "me.read  me.update", "me.read\n", "*.*", "Me.read"),
        *(None, True, 1, ["me.read"], {"me.read": True}),
    ],
    ids=repr,
)
def test_claims_are_refused_when_the_scope_is_no_list_of_permissions(scope: object) -> None:
    _assert_claims_refused(unsigned(claims={**CLAIMS, "scope": scope}))


@pytest.mark.parametrize("part", ["[]", '"text"', "null", "7", "", "{", "{}}", "\ufeff{}", "[" * 1500, '{"a":' * 600])
def test_part_is_refused_when_it_is_no_object(part: str) -> None:
    _assert_header_refused(unsigned(header=part))
    _assert_claims_refused(unsigned(claims=part))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_part_is_refused_when_it_is_written_in_another_encoding(encoding: str) -> None:
    header, claims = (base64url_encode(json.dumps(part).encode(encoding)).decode() for part in (HEADER, CLAIMS))
    _assert_header_refused(f"{header}.{claims}.eA")
    _assert_claims_refused(f"{header}.{claims}.eA")


def test_token_is_refused_when_it_is_too_large() -> None:
    assert token_form.claims_of(unsigned(claims={**CLAIMS, "more": "x" * 1000}))
    _assert_claims_refused(unsigned(claims={**CLAIMS, "more": "x" * 4096}))


@pytest.mark.parametrize("text", ["", ".", "..", "...", "a.b.c", "é.é.é", "null", "e30.e30.e30", "\x00", "=.=.=", "🔑"])
def test_text_is_refused_when_it_is_no_token(text: str) -> None:
    _assert_header_refused(text)
    _assert_claims_refused(text)


@pytest.mark.parametrize("spoilt", ["=", "==", "\n", " ", "\t", "\x00", "+", "/", "~", ".", "%3D"])
@pytest.mark.parametrize("place", range(3))
def test_token_is_refused_when_a_part_is_spelt_otherwise(spoilt: str, place: int) -> None:
    header, claims, _ = unsigned().split(".")
    assert token_form.header_of(f"{header}.{claims}.eA") == HEADER
    parts = [part + spoilt * (number == place) for number, part in enumerate((header, claims, "eA"))]
    _assert_header_refused(".".join(parts))


def test_token_is_refused_when_bits_that_mean_nothing_are_set() -> None:
    header, claims, _ = unsigned().split(".")
    assert base64url_decode("eB") == base64url_decode("eA")
    _assert_header_refused(f"{header}.{claims}.eB")


def _assert_header_refused(text: str) -> None:
    with pytest.raises(TokenBackendError):
        token_form.header_of(text)


def _assert_claims_refused(text: str) -> None:
    with pytest.raises(TokenBackendError):
        token_form.claims_of(text)
