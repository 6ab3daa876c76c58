"""The keys that sign access tokens: Ed25519 (RFC 8032), named by their thumbprints (RFC 7638), kept in MongoDB.

The private half is sealed by a subkey of MASTER_KEY. The first process that needs a key makes one; of two at once the
unique index on the active key lets one win, and the other reads what that one wrote.

Fails closed: a process that has not read the keys yet and cannot reach MongoDB verifies no token, and says 503.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings
from pymongo.errors import DuplicateKeyError

from apps.auth.documents import SigningKey
from novapulse import clock, keys

ALGORITHM: Final = "EdDSA"
_ACTIVE: Final = "active"
_PURPOSE: Final = "signing-keys"


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a key; it says itself which algorithm it is for."""

    kid: str
    algorithm: str
    public: Ed25519PublicKey

    def as_jwk(self) -> dict[str, str]:
        """Give the key as a JWK (RFC 8037)."""
        return {**_required_members(self.public), "kid": self.kid, "alg": self.algorithm, "use": "sig"}


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """The key that signs new tokens."""

    kid: str
    algorithm: str
    private: Ed25519PrivateKey


def load() -> dict[str, VerifyingKey]:
    """Read every key that tokens may be signed with, by its id."""
    found = SigningKey.collection().find({}, {"sealed_private_key": 0})
    return {document["_id"]: _verifying(document) for document in found}


def active() -> ActiveKey:
    """Read the key that signs new tokens, or make it if there is none."""
    found = SigningKey.collection().find_one({"status": _ACTIVE}, sort=[("created_at", 1), ("_id", 1)])
    return _opened(found or _made())


def _made() -> dict[str, Any]:
    """Insert a new active key, or give the one that another process has inserted in the meantime."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    kid = thumbprint(public)
    document: dict[str, Any] = {
        "_id": kid,
        "algorithm": ALGORITHM,
        "public_key": _raw(public),
        "sealed_private_key": keys.seal(raw, key=_sealing_key(), context=kid),
        "status": _ACTIVE,
        "created_at": clock.now(),
    }
    try:
        SigningKey.collection().insert_one(document)
    except DuplicateKeyError:
        return SigningKey.collection().find_one({"status": _ACTIVE}) or _made()
    return document


def thumbprint(public: Ed25519PublicKey) -> str:
    """Give the id of a key: SHA-256 of its required members in lexical order (RFC 7638, section 3)."""
    canonical = orjson.dumps(_required_members(public), option=orjson.OPT_SORT_KEYS)
    return _base64url(hashlib.sha256(canonical).digest())


def _required_members(public: Ed25519PublicKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(_raw(public))}


def _verifying(document: dict[str, Any]) -> VerifyingKey:
    public = Ed25519PublicKey.from_public_bytes(bytes(document["public_key"]))
    return VerifyingKey(document["_id"], document["algorithm"], public)


def _opened(document: dict[str, Any]) -> ActiveKey:
    kid = document["_id"]
    raw = keys.unseal(bytes(document["sealed_private_key"]), key=_sealing_key(), context=kid)
    return ActiveKey(kid, document["algorithm"], Ed25519PrivateKey.from_private_bytes(raw))


def _sealing_key() -> bytes:
    return keys.subkey(settings.MASTER_KEY, purpose=_PURPOSE)


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
