"""Passwords: made into argon2id hashes, and compared with them, in Unicode's normal form C and never cut off.

All hashing of a process goes through one bulkhead, so that a flood of sign-ins cannot take all of its threads.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from django.contrib.auth import hashers

from apps.auth import conf
from apps.auth.domain import password_rules
from novapulse.resilience.bulkhead import Bulkhead

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.auth.domain.identities import IdentityRecord

_room = Bulkhead(
    "hashing",
    slots=conf.HASHING_AT_ONCE,
    waiting=conf.HASHING_WAITING,
    wait_seconds=conf.HASHING_WAIT_SECONDS,
)


def accepted(password: str, *, context: Iterable[str]) -> str:
    """Check a new password against the rules and give its hash: expensive, so do it before a transaction begins.

    context: names of the company, the person, the address, none of which may be most of the password.

    Raises PasswordRefused; Overloaded where too many are hashed at the moment.
    """
    normal = _normal(password)
    password_rules.check(normal, context=context)
    return _hash(normal)


def matches(identity: IdentityRecord | None, *, password: str) -> bool:
    """Tell whether the password opens the identity: in the same time when there is none, or a deactivated one.

    Raises Overloaded.
    """
    normal = _normal(password)
    if identity is None:
        _hash(normal)  # costs what comparing would
        return False
    with _room:
        is_correct, _ = hashers.verify_password(normal, identity.password_hash)
    return is_correct and identity.is_active


def renewed_hash(identity: IdentityRecord, *, password: str) -> str:
    """Give the hash to keep of a password that matches: a new one where the present was made with other parameters.

    Raises Overloaded.
    """
    preferred = hashers.get_hasher()
    present = hashers.identify_hasher(identity.password_hash)
    if present.algorithm == preferred.algorithm and not preferred.must_update(identity.password_hash):
        return identity.password_hash
    return _hash(_normal(password))


def _hash(normal: str) -> str:
    with _room:
        return hashers.make_password(normal)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)
