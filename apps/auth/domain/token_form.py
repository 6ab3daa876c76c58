"""The form of an access token: what can be told of it before any key is sought and any signature computed.

A token is the one thing that a stranger may hand us at will, so it is read strictly (RFC 8725):

1. The size is bounded, the three parts are canonical base64url, so that one token has one spelling.
2. Header and claims are JSON objects in UTF-8, in which every name stands once, and every number is one.
3. The header holds `alg`, `kid` and `typ` and nothing else: no key travels in a token (`jwk`, `jku`, `x5c`), and no
   extension is critical (`crit`). The type is ours, so that no other JWT passes for an access token; the key id has the
   shape of a thumbprint.
4. Every claim is there, and of its type; issuer and audience are ours. Absent may be `scope` (RFC 9068, 2.2.3): the
   token carries the whole role then; and `act` (RFC 8693, 4.1): whoever it names asks themself.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from jwt.utils import base64url_decode, base64url_encode
from rest_framework_simplejwt.exceptions import TokenBackendError

from apps.auth import conf
from apps.auth.enums import Role

MAX_BYTES: Final = 4096
TYPE: Final = "at+jwt"
SCOPE: Final = "scope"
ACTOR: Final = "act"

_HEADER_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_PARTS: Final = 3
_KID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # SHA-256 in base64url

_OBJECT_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_LOCATION = re.compile(r"[A-Z]{2}", re.ASCII)
_JTI = re.compile(r"[0-9a-f]{32}", re.ASCII)
_ROLE = re.compile("|".join(role.value for role in Role))
_TEXTS: Final = {
    "sub": _OBJECT_ID,
    "mid": _OBJECT_ID,
    "cid": _OBJECT_ID,
    "sid": _OBJECT_ID,
    "loc": _LOCATION,
    "role": _ROLE,
    "jti": _JTI,
}
_NUMBERS: Final = ("cv", "mv", "iat", "exp")
_LARGEST_NUMBER: Final = 2**53 - 1  # what every reader of JSON takes for the same number (RFC 8259, section 6)
_ACCOUNT = re.compile(r"[^\s\x00-\x1f\x7f]{1,254}")
_PERMISSION: Final = r"[a-z_]+\.[a-z_]+"
_SCOPES = re.compile(f"{_PERMISSION}(?: {_PERMISSION})*", re.ASCII)


def header_of(text: str) -> dict[str, str]:
    """Give the header of a token (steps 1 to 3), or raise TokenBackendError."""
    header = _object(_parts(text)[0])
    if header.keys() != _HEADER_MEMBERS or not all(isinstance(value, str) for value in header.values()):
        raise TokenBackendError("The header does not hold what ours hold.")
    if header["typ"] != TYPE or _KID.fullmatch(header["kid"]) is None:
        raise TokenBackendError("Another type of token, or no thumbprint.")
    return header


def claims_of(text: str) -> dict[str, Any]:
    """Give the claims of a token (steps 1, 2 and 4), or raise TokenBackendError."""
    claims = _object(_parts(text)[1])
    if not _are_ours(claims):
        raise TokenBackendError("A claim is missing, malformed or not ours.")
    return claims


def _parts(text: str) -> list[str]:
    if len(text) > MAX_BYTES or not text.isascii():
        raise TokenBackendError("Too large, or not a token at all.")
    parts = text.split(".")
    if len(parts) != _PARTS or not all(map(_is_canonical, parts)):
        raise TokenBackendError("Not three parts of base64url.")
    return parts


def _is_canonical(part: str) -> bool:
    """Tell whether a part is base64url in its one spelling: the last character's spare bits are not free for play."""
    try:
        return part != "" and base64url_encode(base64url_decode(part)).decode() == part
    except ValueError:
        return False


def _object(part: str) -> dict[str, Any]:
    try:
        text = base64url_decode(part).decode()
        value = json.loads(text, object_pairs_hook=_unambiguous, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise TokenBackendError("Not JSON, or JSON that may be read in more than one way.") from error
    if not isinstance(value, dict):
        raise TokenBackendError("Not an object.")
    return value


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that has a name twice, which readers disagree about (RFC 8725, 2.4)."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("A name stands twice.")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number.")


def _are_ours(claims: dict[str, Any]) -> bool:
    return (
        claims.get("iss") == conf.ISSUER
        and claims.get("aud") == conf.AUDIENCE
        and all(_is_text(claims.get(name), shape=shape) for name, shape in _TEXTS.items())
        and all(_is_number(claims.get(name)) for name in _NUMBERS)
        and (SCOPE not in claims or _is_text(claims[SCOPE], shape=_SCOPES))
        and (ACTOR not in claims or _is_actor(claims))
    )


def _is_actor(claims: dict[str, Any]) -> bool:
    """Take an actor alone who is named and whose token is narrowed: nobody acts in the whole of a user's role."""
    actor = claims[ACTOR]
    is_named = isinstance(actor, dict) and actor.keys() == {"sub"} and _is_text(actor["sub"], shape=_ACCOUNT)
    return is_named and SCOPE in claims


def _is_text(value: object, *, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST_NUMBER
