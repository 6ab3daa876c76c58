"""Whoever comes with an API key, and the keys that this process has met lately, so that a known one asks no store.

1. A text that is not shaped as a key, or whose checksum is wrong, is refused at once.
2. A key that was met within `API_KEYS_KNOWN_SECONDS` is known by its SHA-256; only its expiry is looked at again. What
   ends it meanwhile, the gate says, as it does of access tokens.
3. One that was refused within `API_KEYS_REFUSED_SECONDS` is refused again, so that a client with a bad key costs no
   query each time.
4. Any other is looked up: the key, its membership, its company. Where the company requires a second factor that the
   member lacks, the key is good for next to nothing: it is no way around that. The versions that they have now are what
   the gate compares; when the gate finds them old, the key is looked up again (`again`), once for each request.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from apps.auth import conf
from apps.auth.domain import api_key_text, api_keys, memberships, mfa, permissions
from apps.auth.domain.last_used import last_used
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.context import Principal
from novapulse.errors import InvalidToken
from novapulse.gate.decision import Credential
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from datetime import datetime

    from apps.auth.domain.api_keys import LiveKey
    from apps.auth.domain.memberships import MembershipRecord
    from apps.tenants.api import CompanyRecord

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ApiKeyUser:
    """Whoever holds a good API key, as it was when it was looked up."""

    principal: Principal
    scope: Scope
    credential: Credential
    expires_at: datetime
    prefix: str
    digest: bytes = field(repr=False)


class Recent(Generic[T]):
    """What was kept lately, by digest: no longer than `seconds`, and no more than `most`, the oldest given up first."""

    def __init__(self, *, most: int, seconds: float) -> None:
        """Take how many are kept, and how long."""
        self._most, self._seconds = most, seconds
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[float, T]] = OrderedDict()

    def __len__(self) -> int:
        """Tell how many are kept."""
        return len(self._kept)

    def get(self, digest: bytes) -> T | None:
        """Give what is kept under a digest and not too old."""
        found = self._kept.get(digest)
        if found is None or clock.monotonic() - found[0] > self._seconds:
            return None
        return found[1]

    def keep(self, digest: bytes, value: T) -> None:
        """Keep something."""
        with self._lock:
            self._kept.pop(digest, None)
            self._kept[digest] = (clock.monotonic(), value)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def drop(self, digest: bytes) -> None:
        """Keep it no longer."""
        with self._lock:
            self._kept.pop(digest, None)


class KnownKeys:
    """The keys of this process.

    Fails closed: where MongoDB has to be asked and is away, the driver's error goes through, which is a 503.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._known: Recent[ApiKeyUser] = Recent(most=conf.API_KEYS_KNOWN, seconds=conf.API_KEYS_KNOWN_SECONDS)
        self._refused: Recent[bool] = Recent(most=conf.API_KEYS_REFUSED, seconds=conf.API_KEYS_REFUSED_SECONDS)

    def user_of(self, text: str) -> ApiKeyUser:
        """Give whom a key names; raise InvalidToken, whatever is wrong with it."""
        prefix = api_key_text.prefix_of(text)
        if prefix is None:
            raise InvalidToken
        digest = api_key_text.digest(text)
        user = self._known.get(digest) or self._looked_up(prefix, digest=digest)
        if user is None or user.expires_at <= clock.now():
            raise InvalidToken
        last_used.note(user.principal.credential_id)
        return user

    def again(self, user: ApiKeyUser) -> ApiKeyUser | None:
        """Look a key up anew whose versions the gate finds old; None where it is not good any more."""
        self._known.drop(user.digest)
        return self._looked_up(user.prefix, digest=user.digest)

    def _looked_up(self, prefix: str, *, digest: bytes) -> ApiKeyUser | None:
        if self._refused.get(digest):
            return None
        user = _user(prefix, digest=digest)
        if user is None:
            self._refused.keep(digest, value=True)
        else:
            self._known.keep(digest, user)
        return user


def _user(prefix: str, *, digest: bytes) -> ApiKeyUser | None:
    key = api_keys.presented(prefix, digest=digest)
    membership = None if key is None else memberships.active(key.membership_id)
    if key is None or membership is None:
        return None
    company = tenants_api.company(membership.company_id)
    if not company.is_open:
        return None
    return ApiKeyUser(
        principal=_principal(key, membership=membership, company=company),
        scope=Scope(membership.company_id, membership.location),
        credential=_credential(key, membership=membership, company=company),
        expires_at=key.expires_at,
        prefix=prefix,
        digest=digest,
    )


def _principal(key: LiveKey, *, membership: MembershipRecord, company: CompanyRecord) -> Principal:
    scopes = permissions.of_key(key.scopes)
    if mfa.is_missing(membership, company=company):
        scopes &= permissions.WITHOUT_MFA
    return Principal(
        kind=membership.kind.value,
        identity_id=membership.identity_id,
        membership_id=membership.id,
        credential_id=key.id,
        role=membership.role.value,
        scopes=scopes,
    )


def _credential(key: LiveKey, *, membership: MembershipRecord, company: CompanyRecord) -> Credential:
    return Credential(
        company_id=str(membership.company_id),
        membership_id=str(membership.id),
        credential_id=str(key.id),
        token_id="",
        company_version=company.credential_version,
        membership_version=membership.credential_version,
    )


known = KnownKeys()
