"""Subkeys of the one master key, and sealing of what must not lie readable in a database.

A subkey is HKDF-SHA256 (RFC 5869) of the master key under a purpose; sealing is AES-256-GCM (NIST SP 800-38D) with a
random 96-bit nonce in front, bound to a context so that a sealed value cannot be moved to another record.
"""

from __future__ import annotations

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_KEY_BYTES = 32
_TAG_BYTES = 16


@lru_cache(maxsize=64)
def subkey(master: str, *, purpose: str) -> bytes:
    """Derive 32 bytes for one purpose."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode()).derive(master.encode())


def seal(plain: bytes, *, key: bytes, context: str) -> bytes:
    """Encrypt and authenticate `plain`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def unseal(sealed: bytes, *, key: bytes, context: str) -> bytes:
    """Decrypt what `seal` made; cryptography.exceptions.InvalidTag where key or context differ or a bit was changed."""
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
