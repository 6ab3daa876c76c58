"""Certificates that a company was deleted: a compact JWS (RFC 7515), signed with Ed25519 (RFC 8037).

The key pair is derived from MASTER_KEY, for this alone, so that there is none to keep. Whoever has the public half, as
`manage.py company verify-deleted` prints it, can check a certificate without us.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from jwt.algorithms import OKPAlgorithm

from apps.operations.errors import CertificateNotOurs
from novapulse import keys
from novapulse.web import rendering

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM: Final = "EdDSA"
_TYPE: Final = "deletion-certificate"


def sign(content: Mapping[str, Any]) -> str:
    """Give a certificate of this content."""
    headers = {"typ": _TYPE, "kid": _thumbprint(public_key())}
    return jwt.PyJWS().encode(rendering.encode(content), _private_key(), algorithm=_ALGORITHM, headers=headers)


def read(certificate: str, *, key: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give what a certificate says.

    key: the public half that it was signed with, as a JWK; that of today's MASTER_KEY unless given.

    Raises CertificateNotOurs where it was altered, or signed with another key.
    """
    public: Any = _private_key().public_key() if not key else OKPAlgorithm.from_jwk(dict(key))
    try:
        opened = jwt.PyJWS().decode_complete(certificate, public, algorithms=[_ALGORITHM])
    except jwt.InvalidTokenError as error:
        raise CertificateNotOurs from error
    if opened["header"].get("typ") != _TYPE:
        raise CertificateNotOurs
    content: dict[str, Any] = json.loads(opened["payload"])
    return content


def public_key() -> dict[str, str]:
    """Give the public half as a JWK (RFC 7517)."""
    jwk: dict[str, str] = OKPAlgorithm.to_jwk(_private_key().public_key(), as_dict=True)
    return jwk


def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys.subkey(settings.MASTER_KEY, purpose="deletion-certificates"))


def _thumbprint(jwk: Mapping[str, str]) -> str:
    """Give the id of a key (RFC 7638): of its required members in lexical order."""
    members = {name: jwk[name] for name in ("crv", "kty", "x")}
    digest = sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
