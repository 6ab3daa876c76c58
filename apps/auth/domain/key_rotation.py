"""How signing keys come and go: added, made the signer, withdrawn.

1. A key is `next` from when it was added: every process verifies with it, and it is published, but it signs nothing.
2. Once everybody may be taken to know it, it is made `active`: it signs, and the one that did becomes `previous`,
   which goes on verifying what it has signed. Both happen in one transaction, so that there is one active key always.
3. A key that is `retired` verifies nothing, wherever a token of it is shown, within a second.

Every step is announced to the processes, which read their keys anew (`key_ring`); one that does not hear of it does so
within `KEYS_KEPT_SECONDS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import conf
from apps.auth.documents import SigningKey
from apps.auth.domain import signing_keys
from apps.auth.enums import Algorithm, KeyStatus
from apps.auth.errors import KeysChanged, KeySealedOtherwise, KeyStatusRefused, KeyTooNew, UnknownKey
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.data import transaction
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from datetime import datetime

# Whoever verifies our tokens keeps the published keys for so long, and one of our processes may publish them as late.
KNOWN_TO_ALL_AFTER: Final = timedelta(seconds=conf.JWKS_MAX_AGE_SECONDS + conf.KEYS_KEPT_SECONDS)
AT_ONCE: Final = timedelta()

# A key signs for a little longer in a process that does not hear of its successor, and its tokens live on: longest are
# those of staff who act as a user.
_UNUSED_AFTER: Final = max(conf.ACCESS_LIFETIME, conf.ACTING_LONGEST) + timedelta(seconds=conf.KEYS_KEPT_SECONDS)
_STANDING_BY: Final = frozenset({KeyStatus.NEXT, KeyStatus.PREVIOUS})


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A signing key, without its halves; `changed_at` is when it got its status.

    opens: whether the MASTER_KEY in use opens its private half; without that it signs nothing.
    """

    kid: str
    algorithm: Algorithm
    status: KeyStatus
    created_at: datetime
    changed_at: datetime
    opens: bool

    @property
    def ready_at(self) -> datetime | None:
        """Tell when its next step is due: to sign, once all know it; to be retired, once its last token has expired."""
        if self.status is KeyStatus.NEXT:
            return self.created_at + KNOWN_TO_ALL_AFTER
        return self.changed_at + _UNUSED_AFTER if self.status is KeyStatus.PREVIOUS else None


def records() -> list[KeyRecord]:
    """List all keys, retired ones included, the oldest first."""
    found = SigningKey.collection().find({}, sort=[("created_at", 1), ("_id", 1)])
    return [_record(document) for document in found]


def add(algorithm: Algorithm) -> KeyRecord:
    """Make a key that is published at once and signs nothing yet."""
    return transaction.run(partial(_added, signing_keys.made(algorithm, status=KeyStatus.NEXT)))


def activatable(kid: str, *, known_for: timedelta = KNOWN_TO_ALL_AFTER) -> KeyRecord:
    """Give a key that may be made the signer: a next one, or the previous one, should its successor give trouble.

    known_for: how long it has to have been published; AT_ONCE where that must not be waited for.

    Raises UnknownKey, KeyStatusRefused, KeySealedOtherwise, KeyTooNew.
    """
    document = _standing_by(kid)
    if not signing_keys.can_sign(document):
        raise KeySealedOtherwise
    key = _record(document)
    wait = key.created_at + known_for - clock.now()
    if wait > AT_ONCE:
        raise KeyTooNew(wait)
    return key


def activate(kid: str, *, known_for: timedelta = KNOWN_TO_ALL_AFTER) -> KeyRecord:
    """Make a key the signer in the place of the one that is; as `activatable`, and KeysChanged."""
    try:
        return transaction.run(partial(_activated, kid, known_for=known_for))
    except DuplicateKeyError as error:  # a first key was made meanwhile, in the place of none
        raise KeysChanged from error


def retirable(kid: str) -> KeyRecord:
    """Give a key that verifies without being the signer; raise UnknownKey, KeyStatusRefused."""
    return _record(_standing_by(kid))


def retire(kid: str) -> KeyRecord:
    """Withdraw a key for good, its private half with it; as `retirable`, and KeysChanged."""
    return transaction.run(partial(_retired, kid))


def _added(document: dict[str, Any]) -> KeyRecord:
    SigningKey.collection().insert_one(document)
    _told(Action.SIGNING_KEY_ADDED, document["_id"])
    _announce(document["_id"])
    return _record(document)


def _activated(kid: str, *, known_for: timedelta) -> KeyRecord:
    key = activatable(kid, known_for=known_for)
    former = {"status": KeyStatus.PREVIOUS.value, "changed_at": clock.now()}
    SigningKey.collection().find_one_and_update({"status": KeyStatus.ACTIVE.value}, {"$set": former})
    _told(Action.SIGNING_KEY_ACTIVATED, kid)
    return _changed(key, {"$set": {**former, "status": KeyStatus.ACTIVE.value}})


def _retired(kid: str) -> KeyRecord:
    _told(Action.SIGNING_KEY_RETIRED, kid)
    change = {"status": KeyStatus.RETIRED.value, "changed_at": clock.now()}
    return _changed(retirable(kid), {"$set": change, "$unset": {"sealed_private_key": ""}})


def _changed(key: KeyRecord, change: dict[str, Any]) -> KeyRecord:
    guard = {"_id": key.kid, "status": key.status.value}
    document = SigningKey.collection().find_one_and_update(guard, change, return_document=ReturnDocument.AFTER)
    if document is None:
        raise KeysChanged
    _announce(key.kid)
    return _record(document)


def _standing_by(kid: str) -> dict[str, Any]:
    document = SigningKey.collection().find_one({"_id": kid})
    if document is None:
        raise UnknownKey
    status = KeyStatus(document["status"])
    if status not in _STANDING_BY:
        raise KeyStatusRefused(status)
    return document


def _told(action: Action, kid: str) -> None:
    audit_api.record([Entry(action, kid, home=audit_api.PLATFORM)])


def _announce(kid: str) -> None:
    tenants_api.announce([Change(Level.KEY, subject=kid)])


def _record(document: dict[str, Any]) -> KeyRecord:
    created_at = document["created_at"]
    return KeyRecord(
        kid=document["_id"],
        algorithm=Algorithm(document["algorithm"]),
        status=KeyStatus(document["status"]),
        created_at=created_at,
        changed_at=document.get("changed_at", created_at),
        opens="sealed_private_key" in document and signing_keys.can_sign(document),
    )
