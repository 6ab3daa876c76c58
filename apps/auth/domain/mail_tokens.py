"""Tokens that travel by mail alone: 256 random bits, of which the database keeps the SHA-256."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

_TOKEN_BYTES: Final = 32


def new() -> str:
    """Make one: 43 characters of base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_TOKEN_BYTES)).rstrip(b"=").decode()


def hashed(token: str) -> bytes:
    """Give what is kept of a token, and looked up: it has too many bits to be guessed from this."""
    return hashlib.sha256(token.encode()).digest()
