"""Data keys: what is sealed for a company is sealed under a key of its own; once that is destroyed no copy opens.

1. A key is 32 random bytes, made at a company's first use, and kept sealed ("wrapped") under a subkey of MASTER_KEY.
2. It is named by the company and by the fingerprint of MASTER_KEY: under another one a company gets another key, and
   the one before opens again where MASTER_KEY comes back.
3. A process keeps what it has unwrapped for a minute, in its memory alone; one that was made within a transaction only
   once that is committed.
4. Destroying a company's keys is deleting their rows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from apps.tenants.documents import DataKey
from novapulse import clock, keys
from novapulse.data import transaction
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from bson import ObjectId

    from novapulse.tenancy.scope import Scope

KEPT_SECONDS: Final = 60.0
_KEPT_MOST: Final = 1_000  # companies; then all are read again
_KEY_BYTES: Final = 32
_FINGERPRINT_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class _Unwrapped:
    key: bytes = field(repr=False)
    until: float


_kept: dict[str, _Unwrapped] = {}


def data_key() -> bytes:
    """Give the key of the bound company, for `keys.seal` and `keys.unseal`, which bind it to a context of the caller's.

    At most one command a minute in a process. Fails closed: without MongoDB the driver's error goes through. Raises
    ScopeMissing; cryptography.exceptions.InvalidTag where somebody has changed what is stored.
    """
    home = scope.current()
    name = f"{home.company_id}:{_fingerprint()}"
    kept = _kept.get(name)
    if kept is not None and kept.until > clock.monotonic():
        return kept.key
    document = DataKey.collection().find_one({"_id": name}) or _made(home, name=name)
    key = keys.unseal(bytes(document["wrapped"]), key=_wrapping_key(), context=name)
    transaction.on_commit(partial(_keep, name, key))
    return key


def destroy_data_keys(company_id: ObjectId) -> int:
    """Destroy a company's keys, in the caller's transaction; tell how many there were.

    What a process has in its memory is gone within a minute.
    """
    return DataKey.collection().delete_many({"company_id": company_id}).deleted_count


def _made(home: Scope, *, name: str) -> Any:  # noqa: ANN401  PyMongo leaves open what an update gives
    """Make a company's first key, or give the one that another process has made meanwhile."""
    values = {
        "company_id": home.company_id,
        "location": home.location,
        "wrapped": keys.seal(os.urandom(_KEY_BYTES), key=_wrapping_key(), context=name),
        "created_at": clock.now(),
    }
    try:
        return DataKey.collection().find_one_and_update(
            {"_id": name}, {"$setOnInsert": values}, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:  # outside of a transaction, two at a time: the other one was first
        return _made(home, name=name)


def _keep(name: str, key: bytes) -> None:
    if len(_kept) >= _KEPT_MOST:
        _kept.clear()
    _kept[name] = _Unwrapped(key, clock.monotonic() + KEPT_SECONDS)


def _wrapping_key() -> bytes:
    return keys.subkey(settings.MASTER_KEY, purpose="data-keys")


def _fingerprint() -> str:
    return keys.subkey(settings.MASTER_KEY, purpose="data-keys: fingerprint")[:_FINGERPRINT_BYTES].hex()
