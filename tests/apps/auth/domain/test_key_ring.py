"""The ring asks MongoDB seldom, and notices what changes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.auth import conf
from apps.auth.domain import key_rotation, signing_keys
from apps.auth.domain.key_ring import KeyRing
from apps.auth.enums import Algorithm

if TYPE_CHECKING:
    from pymongo.collection import Collection

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
    loads.clear()
    assert all(ring.find(kid) for _ in range(1000))
    assert {ring.active().kid for _ in range(1000)} == {kid}
    assert loads == []


def test_keys_are_read_anew_when_they_are_old(loads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    ring = KeyRing()
    kid = ring.active().kid
    loads.clear()
    monkeypatch.setattr(conf, "KEYS_KEPT_SECONDS", 0.0)
    assert ring.find(kid) is not None
    assert len(loads) == 1


def test_keys_are_read_anew_when_that_was_asked_for_and_once(loads: list[int]) -> None:
    ring = KeyRing()
    kid = ring.active().kid
    loads.clear()
    ring.refresh()
    ring.refresh()
    assert loads == []
    assert all(ring.find(kid) for _ in range(1000))
    assert len(loads) == 1


def test_keys_that_were_being_read_when_a_refresh_came_are_not_kept(loads: list[int]) -> None:
    ring = KeyRing()
    kid = ring.active().kid
    load = signing_keys.load
    ring.refresh()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing_keys, "load", lambda: (load(), ring.refresh())[0])
        ring.find(kid)
    loads.clear()
    assert all(ring.find(kid) for _ in range(1000))
    assert len(loads) == 1


def test_made_up_key_ids_cost_one_query_a_second(loads: list[int]) -> None:
    ring = KeyRing()
    ring.active()
    loads.clear()
    assert not any(ring.find(f"{number:043}") for number in range(1000))
    assert len(loads) == 1


def test_key_of_another_process_is_found_when_it_is_new(own_keys: Collection[dict[str, Any]]) -> None:
    ring = KeyRing()
    ring.active()
    new = key_rotation.add(Algorithm.EDDSA)
    assert ring.find(new.kid) is not None


def test_all_lists_the_active_key(loads: list[int]) -> None:
    ring = KeyRing()
    assert ring.active().kid in {key.kid for key in ring.all()}


def test_process_that_is_told_signs_with_a_new_key_at_once(own_keys: Collection[dict[str, Any]]) -> None:
    ring = KeyRing()
    former = ring.active()
    new = key_rotation.add(Algorithm.RS256)
    key_rotation.activate(new.kid, known_for=key_rotation.AT_ONCE)
    assert ring.active() is former
    ring.refresh()
    assert (ring.active().kid, ring.active().algorithm) == (new.kid, Algorithm.RS256)
    assert ring.find(former.kid) is not None


def test_process_that_nobody_tells_signs_with_a_new_key_when_its_keys_are_old(
    own_keys: Collection[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing()
    ring.active()
    new = key_rotation.add(Algorithm.EDDSA)
    key_rotation.activate(new.kid, known_for=key_rotation.AT_ONCE)
    monkeypatch.setattr(conf, "KEYS_KEPT_SECONDS", 0.0)
    assert ring.active().kid == new.kid


def test_retired_key_is_unknown_to_a_process_that_is_told(own_keys: Collection[dict[str, Any]]) -> None:
    ring = KeyRing()
    former = ring.active().kid
    new = key_rotation.add(Algorithm.EDDSA)
    key_rotation.activate(new.kid, known_for=key_rotation.AT_ONCE)
    key_rotation.retire(former)
    assert ring.find(former) is not None
    ring.refresh()
    assert ring.find(former) is None
