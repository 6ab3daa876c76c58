"""Tokens written by hand, as an attacker would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jwt
from jwt.utils import base64url_decode, base64url_encode

from apps.auth.domain.key_ring import ring

if TYPE_CHECKING:
    from collections.abc import Callable

    from apps.auth.domain.key_kinds import PrivateKey


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give header and claims of a token."""
    header, claims, _ = token.split(".")
    return json.loads(base64url_decode(header)), json.loads(base64url_decode(claims))


def written(header: object, claims: object, *, sign: Callable[[bytes], bytes] | None = None) -> str:
    """Write a token, by default signed with our own active key: then nothing but the checks stands in its way.

    A part that is text goes as it is, anything else as JSON.
    """
    texts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    signing_input = b".".join(base64url_encode(text.encode()) for text in texts)
    signature = (sign or _active_signer())(signing_input)
    return b".".join([signing_input, base64url_encode(signature)]).decode()


def signer(private: PrivateKey, *, algorithm: str) -> Callable[[bytes], bytes]:
    """Sign with a key, by an algorithm that need not be the key's own."""
    chosen = jwt.PyJWS().get_algorithm_by_name(algorithm)
    return lambda signing_input: chosen.sign(signing_input, private)


def altered(token: str, *, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """Change members of header and claims, and sign again; a member set to `...` is left out."""
    own_header, own_claims = parts_of(token)
    return written(changed(own_header, header or {}), changed(own_claims, claims or {}))


def changed(own: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Change members of an object; one that is set to `...` is left out."""
    return {name: value for name, value in {**own, **changes}.items() if value is not ...}


def doubled(own: dict[str, Any], name: str, value: object) -> str:
    """Write an object in which a name stands twice: first with another value, then with its own."""
    return f"{{{json.dumps(name)}: {json.dumps(value)}, {json.dumps(own)[1:]}"


def _active_signer() -> Callable[[bytes], bytes]:
    key = ring.active()
    return signer(key.private, algorithm=key.algorithm)
