"""Whoever asks, by the credential in their Authorization header: an access token, or an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from rest_framework_simplejwt.exceptions import TokenError

from apps.auth.domain import api_key_text
from apps.auth.domain.api_key_users import ApiKeyUser, known
from apps.auth.domain.verified import verified
from novapulse.errors import InvalidToken, Unauthenticated

if TYPE_CHECKING:
    from novapulse.context import Principal
    from novapulse.gate.decision import Credential
    from novapulse.tenancy.scope import Scope

_SCHEME: Final = "bearer"  # schemes are compared without case (RFC 9110, 11.1)


class User(Protocol):
    """Who asks, for which company, and what the gate has to decide about."""

    @property
    def principal(self) -> Principal:
        """Tell who asks, and what they may do."""

    @property
    def scope(self) -> Scope:
        """Tell for which company."""

    @property
    def credential(self) -> Credential:
        """Give what the gate is asked about."""


def of(header: str) -> User:
    """Give whom the value of an Authorization header names; a credential that was used before asks no store.

    Fails closed: where a store has to be asked and is away, the driver's error goes through, which is a 503.

    Raises Unauthenticated for another scheme and InvalidToken for a bad credential: the same body, whatever the fault.
    """
    scheme, _, text = header.partition(" ")
    if scheme.lower() != _SCHEME:
        raise Unauthenticated
    if text.startswith(api_key_text.MARK):
        return known.user_of(text)
    try:
        return verified.user_of(text)
    except TokenError as error:
        raise InvalidToken from error


def again(user: User) -> User | None:
    """Read somebody anew whom the gate refuses because their company or membership has changed.

    An access token speaks of the versions that it was issued with, so it is over: None. An API key names no versions:
    where key, membership and company are still good it goes on, with today's role; None where they are not.
    """
    return known.again(user) if isinstance(user, ApiKeyUser) else None
