"""The chain: what a hash is made of, and who can make a seal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from bson import Decimal128, ObjectId

from apps.audit.domain import chain

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

COMPANY = ObjectId()


def a_record(**values: Any) -> dict[str, Any]:
    at = datetime(2026, 1, 31, 12, 0, 0, 7000, tzinfo=UTC)
    return {"_id": ObjectId("1" * 24), "company_id": COMPANY, "location": "DE", "at": at, "action": "a.b", **values}


def test_anybody_can_compute_a_hash_again_from_what_is_shown() -> None:
    record = a_record(sequence=1, target={"type": "task", "id": ObjectId("2" * 24)}, changed=["title"])

    shown = {
        "id": "1" * 24,
        "at": "2026-01-31T12:00:00.007Z",
        "action": "a.b",
        "sequence": 1,
        "target": {"type": "task", "id": "2" * 24},
        "changed": ["title"],
    }
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"))
    assert chain.link(record, after=chain.NOTHING) == sha256(b"0" * 64 + b"\n" + text.encode()).digest()


def test_a_hash_depends_on_the_record_before() -> None:
    assert chain.link(a_record(), after=chain.NOTHING) != chain.link(a_record(), after=b"1" * 32)


@pytest.mark.parametrize(
    "change",
    [{"action": "a.c"}, {"company_id": ObjectId()}, {"location": "FR"}, {"more": 1}, {"mac": b""}],
)
def test_a_waiting_record_is_genuine_as_long_as_nothing_of_it_is_changed(change: dict[str, Any]) -> None:
    waiting = {**a_record(), "mac": chain.mac(a_record())}

    assert chain.is_genuine(waiting)
    assert not chain.is_genuine({**waiting, **change})


@pytest.mark.parametrize(
    "held",
    [{"action": Decimal128("1")}, {"mac": "text"}, {"mac": -1}, {"mac": None}, {"company_id": 7}, {"location": None}],
)
def test_what_no_record_of_ours_can_hold_is_not_genuine(held: dict[str, Any]) -> None:
    assert not chain.is_genuine(a_record(**{"mac": chain.mac(a_record())} | held))


def test_without_the_master_key_nobody_makes_a_seal(settings: SettingsWrapper) -> None:
    ours = chain.seal(COMPANY, sequence=1, digest=chain.NOTHING)
    settings.MASTER_KEY = "another master key of thirty-two characters"

    assert chain.seal(COMPANY, sequence=1, digest=chain.NOTHING) != ours


def test_a_seal_is_of_one_company_one_number_and_one_purpose() -> None:
    seals = {
        chain.seal(COMPANY, sequence=1, digest=chain.NOTHING),
        chain.seal(ObjectId(), sequence=1, digest=chain.NOTHING),
        chain.seal(COMPANY, sequence=2, digest=chain.NOTHING),
        chain.head_seal(COMPANY, sequence=1, digest=chain.NOTHING),
    }

    assert len(seals) == 4
