"""Access tokens: JWTs (RFC 7519, RFC 9068) signed by the active key, read by whoever has the public ones.

`AccessToken` is simplejwt's, on a backend of ours that chooses the key by its `kid`. What is read has to pass:

1. Its form is in order (`token_form`): nothing is computed for a token of which that can be told from without.
2. The key is the one that we know under the `kid`, and the algorithm is the key's, whatever the header says.
3. The signature is that key's, and the token has not expired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt
from bson import ObjectId
from rest_framework_simplejwt import tokens as simplejwt
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError
from rest_framework_simplejwt.models import TokenUser

from apps.auth import conf
from apps.auth.domain import token_form
from apps.auth.domain.key_ring import ring
from apps.auth.enums import Algorithm, MembershipKind
from novapulse import clock
from novapulse.context import Principal
from novapulse.gate.decision import Credential
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import SessionRecord
    from apps.auth.domain.signing_keys import VerifyingKey


class KeyRingBackend(TokenBackend):
    """Signs with the active key of the ring, and verifies with the key that the token's `kid` names."""

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign the claims."""
        key = ring.active()
        headers = {"kid": key.kid, "typ": token_form.TYPE}
        return jwt.encode(payload, key.private, algorithm=key.algorithm.value, headers=headers)

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:  # noqa: ANN401, ARG002, FBT001, FBT002  simplejwt's
        """Give the claims of a token whose form and signature are in order, or raise TokenBackendError.

        Whether it has expired is for `AccessToken.verify`. A token is never read without being verified.
        """
        text = str(token)
        header, claims = token_form.header_of(text), token_form.claims_of(text)
        key = _key_of(header)
        try:
            jwt.PyJWS().decode_complete(text, key.public, algorithms=[key.algorithm.value])
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("The signature is not the key's.") from error
        return claims


class AccessToken(simplejwt.Token):
    """An access token of ours."""

    token_type = "access"  # noqa: S105  simplejwt's word for the kind of token
    lifetime = conf.ACCESS_LIFETIME
    _token_backend = KeyRingBackend(Algorithm.EDDSA.value)  # which simplejwt wants to hear: each key has its own

    def verify(self) -> None:
        """Check that the token has not expired, or raise TokenError."""
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
            scopes=frozenset(claims[token_form.SCOPE].split()) if token_form.SCOPE in claims else None,
            operator=claims[token_form.ACTOR]["sub"] if token_form.ACTOR in claims else "",
        )


def issue(
    session: SessionRecord,
    *,
    membership: MembershipRecord,
    company_version: int,
    scopes: frozenset[str] | None = None,
) -> str:
    """Sign an access token for a session; the versions are what a later change can be told by.

    Where staff act as the person, the token names them (`act`, RFC 8693, 4.1) and lives as long as the session does.

    scopes: the permissions that the token narrows the role to, one at least; None for the whole role.
    """
    token = AccessToken()
    now, acting = clock.epoch_seconds(), session.acting
    ends_at = now + int(conf.ACCESS_LIFETIME.total_seconds()) if acting is None else int(acting.until.timestamp())
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
        "exp": ends_at,
    }
    if acting is not None:
        token.payload[token_form.ACTOR] = {"sub": acting.operator}
    if scopes is not None:
        token.payload[token_form.SCOPE] = " ".join(sorted(scopes))
    return str(token)


def read(text: str) -> AccessUser:
    """Verify a token from outside; raise TokenError, of which a client should hear no more than that it is no good."""
    return AccessUser(AccessToken(text), kid=token_form.header_of(text)["kid"])  # type: ignore[arg-type]  # simplejwt takes text


def _key_of(header: dict[str, str]) -> VerifyingKey:
    key = ring.find(header["kid"])
    if key is None or header["alg"] != key.algorithm:
        raise TokenBackendError("The token names no key of ours.")
    return key
