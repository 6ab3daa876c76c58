"""The two kinds of signing keys, Ed25519 (RFC 8032) and RSA (RFC 8017): made, kept as bytes, shown as JWKs, named."""

from __future__ import annotations

import base64
import hashlib
from typing import Final, TypeAlias

import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from apps.auth.enums import Algorithm

PublicKey: TypeAlias = Ed25519PublicKey | RSAPublicKey
PrivateKey: TypeAlias = Ed25519PrivateKey | RSAPrivateKey

_RSA_BITS: Final = 3072  # as strong as Ed25519: 128 bits (NIST SP 800-57 part 1, table 2)
_RSA_EXPONENT: Final = 65537


def generate(algorithm: Algorithm) -> PrivateKey:
    """Make a key pair; RSA takes a good part of a second."""
    if algorithm is Algorithm.EDDSA:
        return Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=_RSA_EXPONENT, key_size=_RSA_BITS)


def private_bytes(private: PrivateKey) -> bytes:
    """Give the private half as it is kept, sealed: raw for Ed25519, PKCS #8 (RFC 5208) for RSA."""
    if isinstance(private, Ed25519PrivateKey):
        return private.private_bytes_raw()
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_bytes(public: PublicKey) -> bytes:
    """Give the public half as it is kept: raw for Ed25519, SubjectPublicKeyInfo (RFC 5280) for RSA."""
    if isinstance(public, Ed25519PublicKey):
        return public.public_bytes_raw()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def private_key(raw: bytes, *, algorithm: Algorithm) -> PrivateKey:
    """Read what `private_bytes` gave; ValueError where it is no key of the algorithm."""
    if algorithm is Algorithm.EDDSA:
        return Ed25519PrivateKey.from_private_bytes(raw)
    key = load_der_private_key(raw, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("Not a key of RSA.")  # noqa: TRY004  what was stored is wrong, not what the caller wrote
    return key


def public_key(raw: bytes, *, algorithm: Algorithm) -> PublicKey:
    """Read what `public_bytes` gave; ValueError where it is no key of the algorithm."""
    if algorithm is Algorithm.EDDSA:
        return Ed25519PublicKey.from_public_bytes(raw)
    key = load_der_public_key(raw)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("Not a key of RSA.")  # noqa: TRY004  as above
    return key


def required_members(public: PublicKey) -> dict[str, str]:
    """Give the members that a JWK cannot do without (RFC 7638, 3.2): RFC 8037, 2 for Ed25519, RFC 7518, 6.3 for RSA."""
    if isinstance(public, Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public.public_bytes_raw())}
    numbers = public.public_numbers()
    return {"e": _of_number(numbers.e), "kty": "RSA", "n": _of_number(numbers.n)}


def thumbprint(public: PublicKey) -> str:
    """Give the id of a key: SHA-256 of its required members in lexical order (RFC 7638, section 3)."""
    canonical = orjson.dumps(required_members(public), option=orjson.OPT_SORT_KEYS)
    return _base64url(hashlib.sha256(canonical).digest())


def _of_number(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))  # no zeros in front (RFC 7518, 2)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
