"""The published keys."""

from __future__ import annotations

from tests.api import Api


def test_keys_are_public_halves_only_and_may_be_kept_a_while(database: object) -> None:
    answer = Api().get("/.well-known/jwks.json")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
    (key,) = answer.json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "alg", "use"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
