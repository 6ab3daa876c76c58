"""Keys come and go, and at any time exactly one signs."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from django.test import override_settings

from apps.auth import api as auth_api
from apps.auth.domain import key_rotation, signing_keys
from apps.auth.enums import Algorithm, KeyStatus
from apps.auth.errors import KeySealedOtherwise, KeyStatusRefused, KeyTooNew, UnknownKey
from apps.tenants import api as tenants_api
from apps.tenants.domain import gate_changes
from novapulse import clock
from novapulse.gate.decision import Change, Level
from tests.api import Api

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection


@pytest.fixture
def signer(own_keys: Collection[dict[str, Any]]) -> str:
    """Give the key that signs before anything is rotated."""
    own_keys.delete_many({})
    return signing_keys.active().kid


def test_added_key_verifies_and_signs_nothing(signer: str) -> None:
    key = key_rotation.add(Algorithm.RS256)
    assert (key.status, key.algorithm) == (KeyStatus.NEXT, Algorithm.RS256)
    assert signing_keys.load().keys() == {signer, key.kid}
    assert signing_keys.active().kid == signer


def test_key_signs_once_everybody_had_the_time_to_hear_of_it(signer: str) -> None:
    key = key_rotation.add(Algorithm.EDDSA)
    with clock.shifted(timedelta(seconds=355)), pytest.raises(KeyTooNew, match=r"wait [1-5] s more\.$"):
        key_rotation.activate(key.kid)
    assert signing_keys.active().kid == signer
    with clock.shifted(timedelta(seconds=360)):
        assert key_rotation.activate(key.kid).status is KeyStatus.ACTIVE
    assert signing_keys.active().kid == key.kid


def test_former_signer_goes_on_verifying_and_may_sign_again(signer: str) -> None:
    key = key_rotation.add(Algorithm.EDDSA)
    key_rotation.activate(key.kid, known_for=key_rotation.AT_ONCE)
    assert {each.kid: each.status for each in signing_keys.load().values()} == {
        signer: KeyStatus.PREVIOUS,
        key.kid: KeyStatus.ACTIVE,
    }
    key_rotation.activate(signer, known_for=key_rotation.AT_ONCE)
    assert signing_keys.active().kid == signer


def test_key_signs_where_there_was_none_before(own_keys: Collection[dict[str, Any]]) -> None:
    own_keys.delete_many({})
    key = key_rotation.add(Algorithm.RS256)
    key_rotation.activate(key.kid, known_for=key_rotation.AT_ONCE)
    assert [each.status for each in key_rotation.records()] == [KeyStatus.ACTIVE]


def test_retired_key_loses_its_private_half(signer: str, own_keys: Collection[dict[str, Any]]) -> None:
    key = key_rotation.add(Algorithm.EDDSA)
    assert key_rotation.retire(key.kid).status is KeyStatus.RETIRED
    stored = own_keys.find_one({"_id": key.kid})
    assert stored is not None
    assert "sealed_private_key" not in stored
    assert signing_keys.load().keys() == {signer}


def test_each_step_is_announced(signer: str) -> None:
    kid = key_rotation.add(Algorithm.EDDSA).kid
    told = Change(Level.KEY, subject=kid)
    assert list(gate_changes.pending().values()) == [told]
    key_rotation.activate(kid, known_for=key_rotation.AT_ONCE)
    assert list(gate_changes.pending().values()) == [told, told]
    key_rotation.retire(signer)
    assert list(gate_changes.pending().values()) == [told, told, Change(Level.KEY, subject=signer)]


def test_nothing_is_changed_when_it_cannot_be_announced(signer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kid = key_rotation.add(Algorithm.EDDSA).kid
    before = key_rotation.records()

    def refuse(_: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(tenants_api, "announce", refuse)
    for step in (key_rotation.retire, lambda kid: key_rotation.activate(kid, known_for=key_rotation.AT_ONCE)):
        with pytest.raises(RuntimeError, match="no room"):
            step(kid)
    with pytest.raises(RuntimeError, match="no room"):
        key_rotation.add(Algorithm.EDDSA)
    assert key_rotation.records() == before


def test_active_and_retired_keys_can_be_neither_activated_nor_retired(signer: str) -> None:
    retired = key_rotation.add(Algorithm.EDDSA).kid
    key_rotation.retire(retired)
    with clock.shifted(timedelta(hours=1)):
        for kid, word in ((signer, "active"), (retired, "retired")):
            for step in (key_rotation.activate, key_rotation.retire):
                with pytest.raises(KeyStatusRefused, match=f"^The key is {word}:"):
                    step(kid)


def test_key_that_another_master_key_has_sealed_can_be_retired_alone(signer: str) -> None:
    kid = key_rotation.add(Algorithm.EDDSA).kid
    with override_settings(MASTER_KEY="another master key, of another house"):
        with pytest.raises(KeySealedOtherwise):
            key_rotation.activate(kid, known_for=key_rotation.AT_ONCE)
        key_rotation.retire(kid)
    assert signing_keys.active().kid == signer


def test_unknown_key_is_said_to_be_unknown(signer: str) -> None:
    for step in (key_rotation.activate, key_rotation.activatable, key_rotation.retire, key_rotation.retirable):
        with pytest.raises(UnknownKey):
            step("x" * 43)


def test_record_tells_when_the_next_step_is_due(signer: str) -> None:
    key = key_rotation.add(Algorithm.EDDSA)
    assert key.ready_at == key.created_at + timedelta(seconds=360)
    assert key_rotation.activate(key.kid, known_for=key_rotation.AT_ONCE).ready_at is None
    former = next(each for each in key_rotation.records() if each.kid == signer)
    assert former.ready_at == former.changed_at + timedelta(seconds=3660)  # staff may act as a user for an hour


def test_one_key_is_active_at_any_time_when_many_are_activated_at_once(
    signer: str, own_keys: Collection[dict[str, Any]]
) -> None:
    kids = [key_rotation.add(Algorithm.EDDSA).kid for _ in range(4)]
    barrier, done = Barrier(len(kids)), Event()

    def activate(kid: str) -> None:
        barrier.wait()
        for _ in range(5):
            try:
                key_rotation.activate(kid, known_for=key_rotation.AT_ONCE)
            except KeyStatusRefused:
                continue  # it is active already

    def watch() -> set[int]:
        counts = {own_keys.count_documents({"status": "active"})}
        while not done.is_set():
            counts.add(own_keys.count_documents({"status": "active"}))
        return counts

    with ThreadPoolExecutor(len(kids) + 1) as pool:
        watching = pool.submit(watch)
        for future in [pool.submit(activate, kid) for kid in kids]:
            future.result()
        done.set()
        assert watching.result() == {1}
    assert {each.status for each in key_rotation.records()} == {KeyStatus.ACTIVE, KeyStatus.PREVIOUS}


def test_key_is_never_both_retired_and_active_when_both_are_asked_for_at_once(signer: str) -> None:
    for _ in range(10):
        kid, barrier = key_rotation.add(Algorithm.EDDSA).kid, Barrier(2)

        def attempt(step: str, kid: str = kid, barrier: Barrier = barrier) -> bool:
            barrier.wait()
            try:
                if step == "retire":
                    key_rotation.retire(kid)
                else:
                    key_rotation.activate(kid, known_for=key_rotation.AT_ONCE)
            except KeyStatusRefused:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(attempt, ("retire", "activate"))) == [False, True]
        assert signing_keys.active() is not None


@dataclass
class Caller:
    """A person who refreshes and calls, with a fresh token and the ones before it, until told to stop."""

    person: Api
    stop: Event = field(default_factory=Event)
    statuses: list[int] = field(default_factory=list)
    kids: set[str] = field(default_factory=set)

    def run(self) -> None:
        refresh_token, tokens = self.person.refresh_token, [self.person.token]
        while not self.stop.is_set():
            answer = Api().post("/auth/refresh", {"refresh_token": refresh_token})
            refresh_token, tokens = answer.json()["refresh_token"], [*tokens[-2:], answer.json()["access_token"]]
            self.statuses += [answer.status_code, *(Api(token).get("/me").status_code for token in tokens)]
            self.kids.add(jwt.get_unverified_header(tokens[-1])["kid"])


def test_no_request_fails_while_keys_are_rotated(
    new_company: Callable[..., Api], own_keys: Collection[dict[str, Any]]
) -> None:
    callers = [Caller(new_company(f"acme-{number}")) for number in range(3)]
    with ThreadPoolExecutor(len(callers)) as pool:
        calling = [pool.submit(caller.run) for caller in callers]
        try:
            for algorithm in (*Algorithm, *Algorithm):
                _rotate(algorithm, callers=callers)
        finally:
            for caller in callers:
                caller.stop.set()
        for each in calling:
            each.result()
    assert {status for caller in callers for status in caller.statuses} == {200}
    assert all(len(caller.statuses) > 20 for caller in callers)


def _rotate(algorithm: Algorithm, *, callers: list[Caller]) -> None:
    """Add and activate a key; let this process hear of it a little later, as by its watcher, and all callers use it."""
    kid = key_rotation.add(algorithm).kid
    key_rotation.activate(kid, known_for=key_rotation.AT_ONCE)
    time.sleep(0.2)
    auth_api.forget_keys()
    patience = time.monotonic() + 30
    while not all(kid in caller.kids for caller in callers):
        assert time.monotonic() < patience, "a caller has died, or never got a token of the new key"
        time.sleep(0.02)
