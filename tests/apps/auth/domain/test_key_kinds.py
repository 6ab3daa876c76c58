"""Two kinds of keys: what they are called, how they are kept, and that neither passes for the other."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_decode

from apps.auth.domain import key_kinds
from apps.auth.enums import Algorithm

MODULUS = (  # RFC 7638, 3.1
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
    "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5ha"
    "jrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)
PAIRS = {algorithm: key_kinds.generate(algorithm) for algorithm in Algorithm}


def test_thumbprint_of_ed25519_is_the_one_of_the_standard() -> None:
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8037, A.2
    key = Ed25519PublicKey.from_public_bytes(public)
    assert key_kinds.thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # RFC 8037, A.3


def test_thumbprint_of_rsa_is_the_one_of_the_standard() -> None:
    key = RSAPublicNumbers(65537, int.from_bytes(base64url_decode(MODULUS), "big")).public_key()
    assert key_kinds.required_members(key) == {"e": "AQAB", "kty": "RSA", "n": MODULUS}
    assert key_kinds.thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"  # RFC 7638, 3.1


def test_rsa_has_as_many_bits_as_ed25519_is_worth() -> None:
    private = PAIRS[Algorithm.RS256]
    assert isinstance(private, RSAPrivateKey)
    assert private.key_size == 3072


@pytest.mark.parametrize("algorithm", Algorithm)
def test_key_is_the_same_when_it_was_kept_as_bytes(algorithm: Algorithm) -> None:
    private = PAIRS[algorithm]
    kept, published = key_kinds.private_bytes(private), key_kinds.public_bytes(private.public_key())
    assert key_kinds.private_key(kept, algorithm=algorithm).public_key() == private.public_key()
    assert key_kinds.public_key(published, algorithm=algorithm) == private.public_key()


@pytest.mark.parametrize("algorithm", Algorithm)
def test_members_are_a_key_to_others(algorithm: Algorithm) -> None:
    private = PAIRS[algorithm]
    token = jwt.encode({"sub": "x"}, private, algorithm=algorithm.value)
    key = jwt.PyJWK({**key_kinds.required_members(private.public_key()), "alg": algorithm.value})
    assert jwt.decode(token, key, algorithms=[algorithm.value]) == {"sub": "x"}


@pytest.mark.parametrize(("algorithm", "other"), [tuple(Algorithm), tuple(Algorithm)[::-1]])
def test_key_of_one_kind_is_never_read_as_one_of_the_other(algorithm: Algorithm, other: Algorithm) -> None:
    private = PAIRS[algorithm]
    with pytest.raises(ValueError):  # noqa: PT011  the libraries words differ
        key_kinds.private_key(key_kinds.private_bytes(private), algorithm=other)
    with pytest.raises(ValueError):  # noqa: PT011  the libraries words differ
        key_kinds.public_key(key_kinds.public_bytes(private.public_key()), algorithm=other)


def test_key_of_a_third_kind_is_refused() -> None:
    der = PAIRS[Algorithm.EDDSA].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ValueError, match="RSA"):
        key_kinds.public_key(der, algorithm=Algorithm.RS256)
