"""Data keys: what is sealed for a company is sealed under a key of its own; once that is destroyed no copy opens.

1. A key is 32 random bytes, made when something is first sealed for a company, and kept sealed ("wrapped") under a
   subkey of MASTER_KEY. None is made to open what was sealed before, nor for a company whose deletion has begun.
2. It is named by the company and by the fingerprint of MASTER_KEY: under another one a company gets another key, and
   the one before opens again where MASTER_KEY comes back.
3. A process uses what it has unwrapped for a minute, from its memory alone, and drops what is older whenever it needs
   any key; one that was made within a transaction is kept only once that is committed.
4. Destroying a company's keys is deleting their rows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from django.conf import settings
from pymongo import ReturnDocument

from apps.tenants.documents import DataKey
from apps.tenants.domain.companies import hold_company
from apps.tenants.errors import NoDataKey
from novapulse import clock, keys
from novapulse.data import transaction
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Callable

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


def sealing_key() -> bytes:
    """Give the key of the bound company for `keys.seal`, which binds it to a context of the caller's; make the first.

    At most one command a minute in a process. Fails closed: without MongoDB the driver's error goes through. Raises
    ScopeMissing; NotFound, or CompanyGoing where its deletion has begun, if a key would have to be made;
    cryptography.exceptions.InvalidTag where somebody has changed what is stored.
    """
    return _key(otherwise=_made)


def opening_key() -> bytes:
    """Give the key of the bound company for `keys.unseal`: as `sealing_key`, but none is made.

    Raises NoDataKey where there is none, since it was destroyed, or MASTER_KEY is another one than when it was made.
    """
    return _key(otherwise=_missed)


def destroy_data_keys(company_id: ObjectId) -> int:
    """Destroy a company's keys, in the caller's transaction; tell how many there were.

    No process uses what it has in its memory for more than a minute.
    """
    return DataKey.collection().delete_many({"company_id": company_id}).deleted_count


def _key(*, otherwise: Callable[[Scope, str], Any]) -> bytes:
    _drop_expired()
    home = scope.current()
    name = f"{home.company_id}:{_fingerprint()}"
    kept = _kept.get(name)
    if kept is not None:
        return kept.key
    document = DataKey.collection().find_one({"_id": name}) or otherwise(home, name)
    key = keys.unseal(bytes(document["wrapped"]), key=_wrapping_key(), context=name)
    transaction.on_commit(partial(_keep, name, key))
    return key


def _missed(home: Scope, _name: str) -> NoReturn:
    raise NoDataKey(f"Company {home.company_id} has no key under this MASTER_KEY.")


def _made(home: Scope, name: str) -> Any:  # noqa: ANN401  PyMongo leaves open what an update gives
    """Make a company's first key, or give the one that another process has made meanwhile.

    The company is held: of two who make one at once the other finds it, and so does whoever begins its deletion.
    """
    values = {
        "company_id": home.company_id,
        "location": home.location,
        "wrapped": keys.seal(os.urandom(_KEY_BYTES), key=_wrapping_key(), context=name),
        "created_at": clock.now(),
    }

    def make() -> Any:  # noqa: ANN401  as above
        hold_company(home.company_id)
        return DataKey.collection().find_one_and_update(
            {"_id": name}, {"$setOnInsert": values}, upsert=True, return_document=ReturnDocument.AFTER
        )

    return transaction.run(make)


def _keep(name: str, key: bytes) -> None:
    if len(_kept) >= _KEPT_MOST:
        _kept.clear()
    _kept[name] = _Unwrapped(key, clock.monotonic() + KEPT_SECONDS)


def _drop_expired() -> None:
    now = clock.monotonic()
    for name, kept in list(_kept.items()):  # the oldest first
        if kept.until > now:
            break
        _kept.pop(name, None)


def _wrapping_key() -> bytes:
    return keys.subkey(settings.MASTER_KEY, purpose="data-keys")


def _fingerprint() -> str:
    return keys.subkey(settings.MASTER_KEY, purpose="data-keys: fingerprint")[:_FINGERPRINT_BYTES].hex()
