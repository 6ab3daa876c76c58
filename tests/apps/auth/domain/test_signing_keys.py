"""Signing keys: made once, sealed, named by their thumbprints."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import override_settings

from apps.auth.domain import signing_keys
from apps.auth.domain.key_ring import ring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database


@pytest.fixture
def no_keys(database: Database[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    """Give a database in which no key was ever made, and let other tests find theirs again."""
    kept = list(database.signing_keys.find())
    database.signing_keys.delete_many({})
    yield database
    database.signing_keys.delete_many({})
    if kept:
        database.signing_keys.insert_many(kept)
    ring._active, ring._read_at = None, float("-inf")


def test_thumbprint_is_the_one_of_the_standard() -> None:
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8037, A.2
    key = Ed25519PublicKey.from_public_bytes(public)
    assert signing_keys.thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # RFC 8037, A.3


def test_one_key_is_active_when_many_callers_need_the_first_at_once(no_keys: Database[dict[str, Any]]) -> None:
    for _ in range(10):
        no_keys.signing_keys.delete_many({})
        barrier = Barrier(8)

        def first(barrier: Barrier = barrier) -> str:
            barrier.wait()
            return signing_keys.active().kid

        with ThreadPoolExecutor(8) as pool:
            kids = {future.result() for future in [pool.submit(first) for _ in range(8)]}
        assert len(kids) == 1
        assert no_keys.signing_keys.count_documents({}) == 1


def test_private_half_is_readable_by_nobody_without_the_master_key(no_keys: Database[dict[str, Any]]) -> None:
    key = signing_keys.active()
    stored = no_keys.signing_keys.find_one()
    assert stored is not None
    assert key.private.private_bytes_raw() not in stored["sealed_private_key"]
    with override_settings(MASTER_KEY="another master key, of another house"), pytest.raises(InvalidTag):
        signing_keys.active()


def test_sealed_half_is_refused_when_it_was_moved_to_another_key(no_keys: Database[dict[str, Any]]) -> None:
    signing_keys.active()
    stored = no_keys.signing_keys.find_one_and_delete({})
    assert stored is not None
    no_keys.signing_keys.insert_one({**stored, "_id": "A" * 43})
    with pytest.raises(InvalidTag):
        signing_keys.active()
