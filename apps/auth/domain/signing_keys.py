"""The keys that sign access tokens: named by their thumbprints (RFC 7638), kept in MongoDB.

The private half is sealed by a subkey of MASTER_KEY. The first process that needs a key makes one; of two at once the
unique index on the active key lets one win, and the other reads what that one wrote.

Fails closed: a process that has not read the keys yet and cannot reach MongoDB verifies no token, and says 503.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from django.conf import settings
from pymongo.errors import DuplicateKeyError

from apps.audit import api as audit_api
from apps.audit.api import Action, Actor, ActorKind, Entry
from apps.auth.documents import SigningKey
from apps.auth.domain import key_kinds
from apps.auth.enums import Algorithm, KeyStatus
from novapulse import clock, keys
from novapulse.data import transaction

if TYPE_CHECKING:
    from apps.auth.domain.key_kinds import PrivateKey, PublicKey

_FIRST: Final = Algorithm.EDDSA  # small and quick; an operator who needs RS256 adds such a key
_PUBLISHED: Final = [status.value for status in KeyStatus if status is not KeyStatus.RETIRED]
_PURPOSE: Final = "signing-keys"


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a key; it says itself which algorithm it is for."""

    kid: str
    algorithm: Algorithm
    public: PublicKey
    status: KeyStatus

    def as_jwk(self) -> dict[str, str]:
        """Give the key as a JWK (RFC 7517)."""
        return {
            **key_kinds.required_members(self.public),
            "kid": self.kid,
            "alg": self.algorithm.value,
            "use": "sig",
        }


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """The key that signs new tokens."""

    kid: str
    algorithm: Algorithm
    private: PrivateKey


def load() -> dict[str, VerifyingKey]:
    """Read every key that verifies tokens, by its id, the oldest first."""
    wanted = {"status": {"$in": _PUBLISHED}}
    found = SigningKey.collection().find(wanted, {"sealed_private_key": 0}, sort=[("created_at", 1)])
    return {document["_id"]: _verifying(document) for document in found}


def active() -> ActiveKey:
    """Read the key that signs new tokens, or make it if there is none."""
    return _opened(_stored_active() or _first())


def made(algorithm: Algorithm, *, status: KeyStatus) -> dict[str, Any]:
    """Make a key, as it is to be stored; one whose id would look like an option on a command line is thrown away."""
    private = key_kinds.generate(algorithm)
    kid = key_kinds.thumbprint(private.public_key())
    if kid.startswith("-"):
        return made(algorithm, status=status)
    return {
        "_id": kid,
        "algorithm": algorithm.value,
        "public_key": key_kinds.public_bytes(private.public_key()),
        "sealed_private_key": keys.seal(key_kinds.private_bytes(private), key=_sealing_key(), context=kid),
        "status": status.value,
        "created_at": clock.now(),
    }


def can_sign(document: dict[str, Any]) -> bool:
    """Tell whether a stored key can be opened by the MASTER_KEY of this process."""
    try:
        _opened(document)
    except InvalidTag:
        return False
    return True


def _stored_active() -> dict[str, Any] | None:
    return SigningKey.collection().find_one({"status": KeyStatus.ACTIVE.value})


def _first() -> dict[str, Any]:
    """Insert a new active key, or give the one that another process has inserted in the meantime."""
    document = made(_FIRST, status=KeyStatus.ACTIVE)

    def insert() -> None:
        SigningKey.collection().insert_one(document)
        by = Actor(ActorKind.SYSTEM)  # in whosever request it was wanted first
        audit_api.record([Entry(Action.SIGNING_KEY_ADDED, document["_id"], home=audit_api.PLATFORM, by=by)])

    try:
        transaction.run(insert)
    except DuplicateKeyError:
        return _stored_active() or _first()
    return document


def _verifying(document: dict[str, Any]) -> VerifyingKey:
    algorithm = Algorithm(document["algorithm"])
    public = key_kinds.public_key(bytes(document["public_key"]), algorithm=algorithm)
    return VerifyingKey(document["_id"], algorithm, public, KeyStatus(document["status"]))


def _opened(document: dict[str, Any]) -> ActiveKey:
    kid, algorithm = document["_id"], Algorithm(document["algorithm"])
    raw = keys.unseal(bytes(document["sealed_private_key"]), key=_sealing_key(), context=kid)
    return ActiveKey(kid, algorithm, key_kinds.private_key(raw, algorithm=algorithm))


def _sealing_key() -> bytes:
    return keys.subkey(settings.MASTER_KEY, purpose=_PURPOSE)
