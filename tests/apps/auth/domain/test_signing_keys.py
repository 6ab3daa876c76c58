"""Signing keys: made once, sealed, named by their thumbprints."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import override_settings

from apps.auth.domain import key_kinds, signing_keys
from apps.auth.enums import Algorithm, KeyStatus

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database


@pytest.fixture
def no_keys(database: Database[dict[str, Any]], own_keys: Collection[dict[str, Any]]) -> Database[dict[str, Any]]:
    """Give a database in which no key was ever made."""
    own_keys.delete_many({})
    return database


def test_first_key_is_of_ed25519(no_keys: Database[dict[str, Any]]) -> None:
    assert isinstance(signing_keys.active().private, Ed25519PrivateKey)
    assert [key.status for key in signing_keys.load().values()] == [KeyStatus.ACTIVE]


def test_key_of_rsa_signs_when_it_is_the_active_one(no_keys: Database[dict[str, Any]]) -> None:
    document = signing_keys.made(Algorithm.RS256, status=KeyStatus.ACTIVE)
    no_keys.signing_keys.insert_one(document)
    key = signing_keys.active()
    assert (key.kid, key.algorithm) == (document["_id"], Algorithm.RS256)
    assert key.private.public_key() == signing_keys.load()[key.kid].public


def test_key_that_was_stored_before_keys_had_more_than_one_state_is_still_used(
    no_keys: Database[dict[str, Any]],
) -> None:
    key = signing_keys.active()
    stored = no_keys.signing_keys.find_one({}, {"_id": 0})
    assert stored is not None
    assert stored.keys() == {"algorithm", "public_key", "sealed_private_key", "status", "created_at"}
    assert (stored["algorithm"], stored["status"], len(stored["public_key"])) == ("EdDSA", "active", 32)
    assert signing_keys.load()[key.kid].as_jwk()["kid"] == key.kid


def test_retired_key_verifies_nothing(no_keys: Database[dict[str, Any]]) -> None:
    for status in KeyStatus:
        no_keys.signing_keys.insert_one(signing_keys.made(Algorithm.EDDSA, status=status))
    assert {key.status for key in signing_keys.load().values()} == set(KeyStatus) - {KeyStatus.RETIRED}


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
    assert key_kinds.private_bytes(key.private) not in stored["sealed_private_key"]
    with override_settings(MASTER_KEY="another master key, of another house"), pytest.raises(InvalidTag):
        signing_keys.active()


def test_sealed_half_is_refused_when_it_was_moved_to_another_key(no_keys: Database[dict[str, Any]]) -> None:
    signing_keys.active()
    stored = no_keys.signing_keys.find_one_and_delete({})
    assert stored is not None
    no_keys.signing_keys.insert_one({**stored, "_id": "A" * 43})
    with pytest.raises(InvalidTag):
        signing_keys.active()


def test_no_key_has_an_id_that_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    generate = key_kinds.generate
    odd = next(key for key in iter(lambda: generate(Algorithm.EDDSA), None) if _kid(key).startswith("-"))
    coming = [odd, odd]
    monkeypatch.setattr(key_kinds, "generate", lambda kind: coming.pop() if coming else generate(kind))

    kid = signing_keys.made(Algorithm.EDDSA, status=KeyStatus.NEXT)["_id"]

    assert (coming, kid.startswith("-"), kid == _kid(odd)) == ([], False, False)


def _kid(key: key_kinds.PrivateKey) -> str:
    return key_kinds.thumbprint(key.public_key())
