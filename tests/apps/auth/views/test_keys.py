"""The published keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
import pytest

from apps.auth import conf
from apps.auth.domain import key_rotation
from apps.auth.domain.key_ring import ring
from apps.auth.enums import Algorithm
from tests.api import Api

if TYPE_CHECKING:
    from pymongo.collection import Collection


def published() -> list[dict[str, str]]:
    """Read the published keys."""
    keys: list[dict[str, str]] = Api().get("/.well-known/jwks.json").json()["keys"]
    return keys


def test_keys_are_public_halves_only_and_may_be_kept_a_while(database: object) -> None:
    answer = Api().get("/.well-known/jwks.json")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
    (key,) = answer.json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "alg", "use"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")


def test_next_current_and_previous_keys_are_published_and_retired_ones_are_not(
    own_keys: Collection[dict[str, Any]],
) -> None:
    previous = ring.active().kid
    current, following, retired = (key_rotation.add(Algorithm.EDDSA).kid for _ in range(3))
    key_rotation.activate(current, known_for=key_rotation.AT_ONCE)
    key_rotation.retire(retired)
    ring.refresh()
    assert {key["kid"] for key in published()} == {previous, current, following}


def test_key_of_rsa_is_published_without_its_private_members(own_keys: Collection[dict[str, Any]]) -> None:
    kid = key_rotation.add(Algorithm.RS256).kid
    ring.refresh()
    (key,) = (key for key in published() if key["kid"] == kid)
    assert key.keys() == {"kty", "n", "e", "kid", "alg", "use"}
    assert (key["kty"], key["e"], key["alg"], key["use"]) == ("RSA", "AQAB", "RS256", "sig")


@pytest.mark.parametrize("algorithm", Algorithm)
def test_token_is_verified_by_others_with_the_published_key(
    acme: Api, own_keys: Collection[dict[str, Any]], algorithm: Algorithm
) -> None:
    key_rotation.activate(key_rotation.add(algorithm).kid, known_for=key_rotation.AT_ONCE)
    ring.refresh()
    fresh = Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"]
    keys = {key.key_id: key for key in jwt.PyJWKSet(published()).keys}
    key = keys[jwt.get_unverified_header(fresh)["kid"]]
    claims = jwt.decode(fresh, key, algorithms=[algorithm.value], audience=conf.AUDIENCE, issuer=conf.ISSUER)
    assert claims["sub"] == acme.user["id"]


def test_contract_describes_both_kinds_of_keys(database: object) -> None:
    schemas = Api().get("/openapi.json").json()["components"]["schemas"]
    assert {each["$ref"].rpartition("/")[2] for each in schemas["PublicKey"]["oneOf"]} == {
        "Ed25519PublicKey",
        "RsaPublicKey",
    }
    assert schemas["PublicKeys"]["properties"]["keys"]["items"] == {"$ref": "#/components/schemas/PublicKey"}
    assert schemas["RsaPublicKey"]["required"] == ["alg", "e", "kid", "kty", "n", "use"]
