"""The watch: what MongoDB tells is obeyed, what Redis missed is passed on before it is trusted again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from novapulse import clock
from novapulse.errors import Unavailable
from novapulse.gate import announced, circuit
from novapulse.gate.decision import Change, Level
from novapulse.gate.gate import Gate
from novapulse.gate.store import GateStore
from novapulse.gate.watch import Source, Watch
from novapulse.telemetry import meter
from novapulse.telemetry.meter import Spread
from tests.faults import frozen, server_of
from tests.novapulse.gate.conftest import LIMITS, credential
from tests.novapulse.gate.test_gate import change_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    import redis

    from novapulse.gate.decision import Credential
    from tests.novapulse.gate.conftest import Book


@dataclass
class Changes:
    """The changes that MongoDB holds."""

    pending: dict[str, Change] = field(default_factory=dict)
    is_away: bool = False
    keys_forgotten: int = 0

    def read(self) -> dict[str, Change]:
        if self.is_away:
            raise Unavailable
        return dict(self.pending)

    def settle(self, ids: Iterable[str]) -> None:
        for each in ids:
            del self.pending[each]

    def forget_keys(self) -> None:
        self.keys_forgotten += 1


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def watch(gate: Gate, changes: Changes) -> Watch:
    source = Source(changes.read, changes.settle, forget_keys=changes.forget_keys, tidy=lambda: None)
    return Watch(gate, source=source)


def test_a_change_that_redis_never_got_is_obeyed_and_passed_on(
    watch: Watch, gate: Gate, changes: Changes, shown: Credential, store: GateStore
) -> None:
    gate.decide(shown, units=1)
    changes.pending["1"] = change_of(Level.CREDENTIAL, shown)
    assert gate.decide(shown, units=1).revoked is None
    watch.look()

    assert gate.decide(shown, units=1).revoked is Level.CREDENTIAL
    assert store.decide(shown, units=1, lease="x", lease_seconds=1, over=())[:2] == [b"revoked", b"credential"]


def test_it_is_measured_how_late_this_process_hears_of_a_change_but_not_of_those_before_its_time(
    watch: Watch, changes: Changes, shown: Credential
) -> None:
    before, long_ago = heard_late(), clock.now() - timedelta(hours=1)
    changes.pending["1"] = replace(change_of(Level.CREDENTIAL, shown), at=long_ago)
    watch.look()
    assert heard_late() == before

    changes.pending["2"] = replace(change_of(Level.TOKEN, shown), at=clock.now() - timedelta(seconds=3))
    for _ in range(2):
        watch.look()
    late = heard_late()
    assert late.count == before.count + 1
    assert 3 <= late.sum - before.sum < 30


def heard_late() -> Spread:
    (family,) = [each for each in meter.collect() if each.metric.name == "novapulse.gate.revocation.delay"]
    return family.spreads.get((), Spread([0] * (len(family.metric.buckets) + 1)))


def test_a_change_goes_when_everybody_has_heard_of_it_and_is_passed_on_once_more(
    watch: Watch, changes: Changes, shown: Credential, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes.pending["1"] = change_of(Level.CREDENTIAL, shown)
    watch.look()
    assert list(changes.pending) == ["1"]
    redis_client.flushdb()  # a replica that had not got it took over
    monkeypatch.setattr(announced, "HEARD_SECONDS", 0.0)
    watch.look()

    assert changes.pending == {}
    assert redis_client.get(f"np:{{c:{shown.company_id}}}:k:{shown.credential_id}") == b"0"


def test_only_what_goes_is_passed_on_once_more(
    watch: Watch, changes: Changes, shown: Credential, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = clock.monotonic()
    changes.pending["1"] = change_of(Level.CREDENTIAL, shown)
    watch.look()
    changes.pending["2"] = change_of(Level.CREDENTIAL, credential())
    monkeypatch.setattr(clock, "monotonic", lambda: first + announced.HEARD_SECONDS / 2)
    watch.look()
    redis_client.flushdb()
    monkeypatch.setattr(clock, "monotonic", lambda: first + announced.HEARD_SECONDS + 1)
    watch.look()

    assert list(changes.pending) == ["2"]
    assert redis_client.keys("np:{c:*}:k:*") == [f"np:{{c:{shown.company_id}}}:k:{shown.credential_id}".encode()]


def test_a_process_that_starts_does_not_believe_a_redis_that_missed_a_change(
    watch: Watch, gate: Gate, changes: Changes, shown: Credential
) -> None:
    gate.decide(shown, units=1)
    changes.pending["1"] = change_of(Level.CREDENTIAL, shown)
    watch.start()
    decision = gate.decide(shown, units=1)
    watch.stop()

    assert decision.revoked is Level.CREDENTIAL


def test_a_change_stays_while_redis_is_away(
    watch: Watch, gate: Gate, changes: Changes, shown: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announced, "HEARD_SECONDS", 0.0)
    gate.circuit.failed()
    changes.pending["1"] = change_of(Level.CREDENTIAL, shown)
    watch.look()
    watch.look()

    assert list(changes.pending) == ["1"]


def test_keys_are_forgotten_for_a_change_of_a_key_and_after_a_time_without_mongodb(
    watch: Watch, changes: Changes, shown: Credential
) -> None:
    changes.pending["1"] = change_of(Level.COMPANY, shown)
    watch.look()
    assert changes.keys_forgotten == 0
    changes.pending["2"] = Change(Level.KEY, "kid")
    watch.look()
    watch.look()
    assert changes.keys_forgotten == 1
    changes.is_away = True
    watch.look()
    changes.is_away = False
    watch.look()
    assert changes.keys_forgotten == 2


def test_keys_are_forgotten_by_a_process_that_was_frozen_while_a_change_of_one_came_and_went(
    watch: Watch, changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.look()
    assert changes.keys_forgotten == 0
    frozen_until = clock.monotonic() + 6
    monkeypatch.setattr(clock, "monotonic", lambda: frozen_until)
    watch.look()
    watch.look()
    assert changes.keys_forgotten == 1


def test_what_is_known_is_obeyed_while_mongodb_is_away(
    watch: Watch, gate: Gate, changes: Changes, shown: Credential
) -> None:
    changes.pending["1"] = change_of(Level.COMPANY, shown)
    watch.look()
    changes.is_away = True
    watch.look()

    assert gate.decide(shown, units=1).revoked is Level.COMPANY


def test_leases_go_back_and_the_process_is_counted(
    watch: Watch, gate: Gate, shown: Credential, redis_client: redis.Redis
) -> None:
    decision = gate.decide(shown, units=1)
    gate.end(decision)
    watch.tend()

    assert redis_client.zcard(f"np:{{c:{shown.company_id}}}:l") == 0
    assert gate.processes == 1


def test_a_redis_that_froze_with_an_old_answer_does_not_bring_a_credential_back(
    book: Book, changes: Changes, shown: Credential, store: GateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(GateStore(settings.REDIS_URL), truth_of=book.truth_of, lease_seconds=30)
    watch = Watch(gate, source=Source(changes.read, changes.settle, changes.forget_keys, tidy=lambda: None))
    monkeypatch.setattr(circuit, "PROBE_SECONDS", 0.0)
    with frozen(server_of(settings.REDIS_URL)):
        while not gate.circuit.is_open:
            watch.tend()
            watch._beaten_at = 0.0
        book.says(is_live=False)
        changes.pending["1"] = change_of(Level.CREDENTIAL, shown)
        watch.look()
        watch.tend()
        assert gate.circuit.is_open
    store.beat("it is back")
    watch.tend()

    assert not gate.circuit.is_open
    assert store.decide(shown, units=1, lease="x", lease_seconds=1, over=())[0] != b"good"


def test_a_redis_that_comes_and_goes_gives_no_burst_each_time(
    watch: Watch, gate: Gate, shown: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit, "PROBE_SECONDS", 0.0)
    admitted = 0
    for _ in range(3):
        gate.circuit.failed()
        admitted += sum(gate.decide(shown, units=1).denied is None for _ in range(LIMITS.quota))
        watch.tend()
        assert not gate.circuit.is_open

    assert 0 < admitted <= LIMITS.quota


def test_the_threads_do_all_of_it_by_themselves(watch: Watch, gate: Gate, changes: Changes, shown: Credential) -> None:
    gate.decide(shown, units=1)
    watch.start()
    changes.pending["1"] = change_of(Level.MEMBERSHIP, shown)
    wait_until(lambda: gate.decide(shown, units=1).revoked is not None)

    assert gate.decide(shown, units=1).revoked is Level.MEMBERSHIP
    assert {each.name for each in threading.enumerate()} >= {"gate-look", "gate-tend", "gate-tidy"}
    watch.stop()
