"""Tokens written by hand, as an attacker would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jwt.utils import base64url_decode, base64url_encode

from apps.auth.domain.key_ring import ring

if TYPE_CHECKING:
    from collections.abc import Callable


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give header and claims of a token."""
    header, claims, _ = token.split(".")
    return json.loads(base64url_decode(header)), json.loads(base64url_decode(claims))


def written(header: object, claims: object, *, sign: Callable[[bytes], bytes] | None = None) -> str:
    """Write a token, by default signed with our own active key: then nothing but the checks stands in its way."""
    signing_input = b".".join(base64url_encode(json.dumps(part).encode()) for part in (header, claims))
    signature = (sign or ring.active().private.sign)(signing_input)
    return b".".join([signing_input, base64url_encode(signature)]).decode()


def altered(token: str, *, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """Change members of header and claims, and sign again; a member set to `...` is left out."""
    own_header, own_claims = parts_of(token)
    return written(_changed(own_header, header or {}), _changed(own_claims, claims or {}))


def _changed(own: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**own, **changes}.items() if value is not ...}
