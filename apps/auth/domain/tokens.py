"""Access tokens: JWTs (RFC 7519, RFC 9068) signed by the active key, read by whoever has the public ones.

`AccessToken` is simplejwt's, on a backend of ours that chooses the key by its `kid`. What is read is read strictly,
since a token is the one thing that a stranger may hand us at will (RFC 8725):

1. The size is bounded, the three parts are canonical base64url, so that one token has one spelling.
2. The header holds `alg`, `kid` and `typ` and nothing else: no key travels in a token (`jwk`, `jku`, `x5c`), and no
   extension is critical (`crit`).
3. The key is the one that we know under the `kid`, and the algorithm is the key's, whatever the header says.
4. Every claim is there, and of its type; issuer and audience are ours; it has not expired. `scope` (RFC 9068, 2.2.3)
   alone may be absent: the token carries the whole role then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import jwt
import orjson
from bson import ObjectId
from jwt.utils import base64url_decode, base64url_encode
from rest_framework_simplejwt import tokens as simplejwt
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError
from rest_framework_simplejwt.models import TokenUser

from apps.auth import conf
from apps.auth.domain.key_ring import ring
from apps.auth.domain.signing_keys import ALGORITHM
from apps.auth.enums import MembershipKind, Role
from novapulse import clock
from novapulse.context import Principal
from novapulse.gate.decision import Credential
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import SessionRecord
    from apps.auth.domain.signing_keys import VerifyingKey

MAX_BYTES: Final = 4096
_TYPE: Final = "at+jwt"
_HEADER_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_PARTS: Final = 3

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
_SCOPE: Final = "scope"
_PERMISSION: Final = r"[a-z_]+\.[a-z_]+"
_SCOPES = re.compile(f"{_PERMISSION}(?: {_PERMISSION})*", re.ASCII)


class KeyRingBackend(TokenBackend):
    """Signs with the active key of the ring, and verifies with the key that the token's `kid` names."""

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign the claims."""
        key = ring.active()
        return jwt.encode(payload, key.private, algorithm=key.algorithm, headers={"kid": key.kid, "typ": _TYPE})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:  # noqa: ANN401, ARG002, FBT001, FBT002  simplejwt's
        """Give the claims of a token whose form and signature are in order (steps 1 to 3), or raise TokenBackendError.

        What the claims say is for `AccessToken.verify`. A token is never read without being verified.
        """
        text = token.decode() if isinstance(token, bytes) else str(token)
        key = _key_of(text)
        try:
            claims: dict[str, Any] = jwt.PyJWS().decode_complete(text, key.public, algorithms=[key.algorithm])
            payload = orjson.loads(claims["payload"])
        except (jwt.InvalidTokenError, orjson.JSONDecodeError) as error:
            raise TokenBackendError("The signature is not the key's.") from error
        if not isinstance(payload, dict):
            raise TokenBackendError("The payload is not an object.")
        return payload


class AccessToken(simplejwt.Token):
    """An access token of ours."""

    token_type = "access"  # noqa: S105  simplejwt's word for the kind of token
    lifetime = conf.ACCESS_LIFETIME
    _token_backend = KeyRingBackend(ALGORITHM, audience=conf.AUDIENCE, issuer=conf.ISSUER)

    def verify(self) -> None:
        """Check every claim (step 4), or raise TokenError."""
        if not _is_ours(self.payload):
            raise TokenError("A claim is missing, malformed or not ours.")
        if self.payload["exp"] <= clock.now().timestamp():
            raise TokenError("The token has expired.")


class AccessUser(TokenUser):
    """Whoever holds a verified access token: simplejwt's stateless user, with principal and company."""

    def __init__(self, token: AccessToken, *, kid: str) -> None:
        """Take the verified token and the id of the key that signed it."""
        super().__init__(token)
        claims = token.payload
        self.id = claims["sub"]
        self.access_token = token
        self.kid = kid
        self.expires_at: int = claims["exp"]
        self.scope = Scope(ObjectId(claims["cid"]), claims["loc"])
        self.credential = Credential(
            company_id=claims["cid"],
            membership_id=claims["mid"],
            credential_id=claims["sid"],
            token_id=claims["jti"],
            company_version=claims["cv"],
            membership_version=claims["mv"],
        )
        self.principal = Principal(
            kind=MembershipKind.PERSON.value,
            identity_id=ObjectId(claims["sub"]),
            membership_id=ObjectId(claims["mid"]),
            credential_id=ObjectId(claims["sid"]),
            role=claims["role"],
            scopes=frozenset(claims[_SCOPE].split()) if _SCOPE in claims else None,
        )


def issue(
    session: SessionRecord,
    *,
    membership: MembershipRecord,
    company_version: int,
    scopes: frozenset[str] | None = None,
) -> str:
    """Sign an access token for a session; the versions are what a later change can be told by.

    scopes: the permissions that the token narrows the role to, one at least; None for the whole role.
    """
    token = AccessToken()
    now = clock.epoch_seconds()
    token.payload = {
        "iss": conf.ISSUER,
        "aud": conf.AUDIENCE,
        "sub": str(session.identity_id),
        "mid": str(membership.id),
        "cid": str(membership.company_id),
        "loc": membership.location,
        "sid": str(session.id),
        "role": membership.role.value,
        "cv": company_version,
        "mv": membership.credential_version,
        "jti": uuid4().hex,
        "iat": now,
        "exp": now + int(conf.ACCESS_LIFETIME.total_seconds()),
    }
    if scopes is not None:
        token.payload[_SCOPE] = " ".join(sorted(scopes))
    return str(token)


def read(text: str) -> AccessUser:
    """Verify a token from outside; raise TokenError, of which a client should hear no more than that it is no good."""
    return AccessUser(AccessToken(text), kid=_header(text)["kid"])  # type: ignore[arg-type]  # simplejwt takes text


def _key_of(text: str) -> VerifyingKey:
    header = _header(text)
    key = ring.find(header["kid"])
    if key is None or header["alg"] != key.algorithm:
        raise TokenBackendError("The token names no key of ours.")
    return key


def _header(text: str) -> dict[str, str]:
    """Give the header of a token of our form (steps 1 and 2), or raise TokenBackendError, before any computing."""
    if len(text) > MAX_BYTES or not text.isascii():
        raise TokenBackendError("Too large, or not a token at all.")
    parts = text.split(".")
    if len(parts) != _PARTS or not all(map(_is_canonical, parts)):
        raise TokenBackendError("Not three parts of base64url.")
    try:
        header = orjson.loads(base64url_decode(parts[0]))
    except orjson.JSONDecodeError as error:
        raise TokenBackendError("The header is not JSON.") from error
    if not isinstance(header, dict) or header.keys() != _HEADER_MEMBERS or header["typ"] != _TYPE:
        raise TokenBackendError("The header is not one of ours.")
    if not isinstance(header["kid"], str):
        raise TokenBackendError("The key id is not a text.")
    return header


def _is_canonical(part: str) -> bool:
    """Tell whether a part is base64url in its one spelling: the last character's spare bits are not free for play."""
    try:
        return part != "" and base64url_encode(base64url_decode(part)).decode() == part
    except ValueError:
        return False


def _is_ours(claims: dict[str, Any]) -> bool:
    return (
        claims.get("iss") == conf.ISSUER
        and claims.get("aud") == conf.AUDIENCE
        and all(_is_text(claims.get(name), shape=shape) for name, shape in _TEXTS.items())
        and all(type(claims.get(name)) is int for name in _NUMBERS)
        and (_SCOPE not in claims or _is_text(claims[_SCOPE], shape=_SCOPES))
    )


def _is_text(value: object, *, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None
