"""The ring asks MongoDB seldom, and notices what changes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.auth import conf
from apps.auth.domain import signing_keys
from apps.auth.domain.key_ring import KeyRing

if TYPE_CHECKING:
    from apps.auth.domain.signing_keys import VerifyingKey


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch, database: object) -> list[int]:
    """Count how often the keys are read from MongoDB."""
    counted: list[int] = []
    load = signing_keys.load

    def counting() -> dict[str, VerifyingKey]:
        counted.append(1)
        return load()

    monkeypatch.setattr(signing_keys, "load", counting)
    return counted


def test_keys_are_read_once_when_they_are_used_often(loads: list[int]) -> None:
    ring = KeyRing()
    kid = ring.active().kid
    assert all(ring.find(kid) for _ in range(1000))
    assert len(loads) == 1


def test_keys_are_read_anew_when_they_are_old(loads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    ring = KeyRing()
    kid = ring.active().kid
    monkeypatch.setattr(conf, "KEYS_KEPT_SECONDS", 0.0)
    assert ring.find(kid) is not None
    assert len(loads) == 2


def test_made_up_key_ids_cost_one_query_a_second(loads: list[int]) -> None:
    ring = KeyRing()
    ring.active()
    assert not any(ring.find(f"{number:043}") for number in range(1000))
    assert len(loads) == 2


def test_key_of_another_process_is_found_when_it_is_new(loads: list[int]) -> None:
    early, late = KeyRing(), KeyRing()
    assert early.find("no such key") is None
    assert early.find(late.active().kid) is not None


def test_all_lists_the_active_key(loads: list[int]) -> None:
    ring = KeyRing()
    assert ring.active().kid in {key.kid for key in ring.all()}
