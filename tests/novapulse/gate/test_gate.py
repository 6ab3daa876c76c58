"""One decision about revocation and limits: what it says, what it costs, and that no level un-revokes another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.crc import key_slot

from novapulse.errors import Unavailable
from novapulse.gate.decision import Change, Level
from novapulse.gate.gate import Gate
from novapulse.gate.store import GateStore
from novapulse.telemetry import meter
from tests import faults
from tests.novapulse.gate.conftest import LIMITS, Book, credential

if TYPE_CHECKING:
    import redis

    from novapulse.gate.decision import Credential
    from tests.commands import Commands

ENDING = (Level.COMPANY, Level.MEMBERSHIP, Level.CREDENTIAL, Level.TOKEN)


def change_of(level: Level, shown: Credential) -> Change:
    """Make the change that ends this credential at a level."""
    company = shown.company_id
    return {
        Level.COMPANY: Change(level, company, company, version=shown.company_version + 1),
        Level.MEMBERSHIP: Change(level, shown.membership_id, company, version=shown.membership_version + 1),
        Level.CREDENTIAL: Change(level, shown.credential_id, company),
        Level.TOKEN: Change(level, shown.token_id, company, credential_id=shown.credential_id),
    }[level]


def new_limits(shown: Credential) -> Change:
    return Change(Level.LIMITS, shown.company_id, shown.company_id, version=2)


def test_a_good_credential_is_let_in_and_charged_what_the_request_costs(gate: Gate, shown: Credential) -> None:
    first, second = gate.decide(shown, units=1), gate.decide(shown, units=5)

    assert (first.revoked, first.denied, second.denied) == (None, None, None)
    assert [each.usage.remaining for each in (first, second) if each.usage] == [19, 14]


def test_a_known_credential_costs_one_round_trip_and_asks_the_truth_once(
    gate: Gate, shown: Credential, book: Book, redis_commands: Commands
) -> None:
    gate.decide(shown, units=1)
    with redis_commands.counted() as sent:
        gate.decide(shown, units=1)
        gate.end(gate.decide(shown, units=1))

    assert sent == ["EVALSHA", "EVALSHA"]
    assert book.asked == 1


def test_each_decision_is_counted_by_what_it_was_and_who_has_told(gate: Gate, shown: Credential) -> None:
    before = decisions()
    for _ in range(4):
        gate.decide(shown, units=LIMITS.quota // 2)
    gate.announced.hear({"1": change_of(Level.CREDENTIAL, shown)})
    gate.decide(shown, units=1)
    gate.announced.hear({})
    gate.circuit.failed()
    gate.decide(shown, units=1)
    after = decisions()

    gained = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key)}
    by_redis = {("allowed", "redis"): 2, ("limited", "redis"): 2}
    assert gained == {**by_redis, ("revoked", "memory"): 1, ("allowed", "mongodb"): 1}


def decisions() -> dict[tuple[str, ...], float]:
    (family,) = [each for each in meter.collect() if each.metric.name == "novapulse.gate.decisions"]
    return dict(family.numbers)


@pytest.mark.parametrize("level", ENDING)
def test_any_level_ends_the_credential_and_an_ended_one_charges_nothing(
    gate: Gate, shown: Credential, book: Book, level: Level
) -> None:
    gate.decide(shown, units=1)
    gate.project([change_of(level, shown)])

    assert gate.decide(shown, units=1).revoked is level
    newer = replace(shown, company_version=2, membership_version=2, credential_id="f" * 24, token_id="b" * 32)
    book.says(company_version=2, membership_version=2)
    others = gate.decide(newer, units=1)
    assert others.usage is not None
    assert others.usage.remaining == LIMITS.quota - 2


@given(
    before=st.lists(st.sampled_from(["fill", "limits", "decide"]), max_size=4),
    pair=st.sampled_from(list(product(ENDING, ENDING))),
    after=st.lists(st.sampled_from(["fill", "limits", "decide", *ENDING]), max_size=6),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_level_suffices_in_any_order_and_nothing_brings_the_credential_back(
    gate: Gate, before: list[str], pair: tuple[Level, Level], after: list[str]
) -> None:
    shown = credential()
    for step in before:
        do(step, gate, shown)
    for step in (pair[0], *after, pair[1]):
        do(step, gate, shown)
        assert gate.decide(shown, units=1).revoked is not None


def do(step: str, gate: Gate, shown: Credential) -> None:
    if step == "fill":
        gate.store.fill(shown, truth=Book().truth)  # a reading from before the end that comes late
    elif step == "limits":
        gate.project([new_limits(shown)])  # from then on they are a miss, and the truth of this test knows of no end
    elif step == "decide":
        gate.decide(shown, units=1)
    else:
        gate.project([change_of(Level(step), shown)])


def test_a_credential_that_is_newer_than_redis_knows_is_good_once_the_truth_says_so(
    gate: Gate, shown: Credential, book: Book
) -> None:
    gate.decide(shown, units=1)
    newer = replace(shown, membership_version=2)

    assert gate.decide(newer, units=1).revoked is Level.MEMBERSHIP  # MongoDB knows of no such version
    book.says(membership_version=2)
    assert gate.decide(newer, units=1).revoked is None
    assert gate.decide(shown, units=1).revoked is Level.MEMBERSHIP


def test_what_redis_has_lost_is_read_again_and_an_end_is_an_end_there_too(
    gate: Gate, shown: Credential, book: Book, redis_client: redis.Redis
) -> None:
    gate.decide(shown, units=1)
    redis_client.flushdb()
    assert gate.decide(shown, units=1).revoked is None
    redis_client.flushdb()
    book.says(is_live=False)

    assert gate.decide(shown, units=1).revoked is Level.CREDENTIAL
    assert gate.decide(shown, units=1).revoked is Level.CREDENTIAL
    assert book.asked == 3


def test_of_a_company_that_is_gone_nothing_is_left_in_redis_by_whoever_still_asks(
    gate: Gate, shown: Credential, book: Book, redis_client: redis.Redis
) -> None:
    book.says(is_live=False, is_of_company=False)

    assert gate.decide(shown, units=1).revoked is Level.CREDENTIAL
    assert redis_client.keys(f"*{shown.company_id}*") == []


def test_scripts_that_redis_has_forgotten_are_sent_again(
    gate: Gate, shown: Credential, redis_client: redis.Redis
) -> None:
    for _ in range(3):
        redis_client.script_flush()
        assert gate.decide(shown, units=1).denied is None
    assert not gate.circuit.is_open


def test_one_credential_that_redis_does_not_keep_does_not_open_the_circuit_for_all(
    gate: Gate, shown: Credential, redis_client: redis.Redis
) -> None:
    gate.decide(shown, units=1)
    redis_client.hset(f"np:{{c:{shown.company_id}}}:c", "lv", 5)  # MongoDB was put back to an earlier day
    redis_client.hdel(f"np:{{c:{shown.company_id}}}:c", "q")

    assert gate.decide(shown, units=1).usage.is_local  # type: ignore[union-attr]  # whoever is let in has one
    assert not gate.circuit.is_open
    assert not gate.decide(credential(), units=1).usage.is_local  # type: ignore[union-attr]  # as above


def test_without_redis_no_more_are_in_at_a_time_than_the_share(book: Book, shown: Credential) -> None:
    book.says(limits=replace(LIMITS, concurrency=16, quota=1000))
    gate = Gate(GateStore(f"redis://127.0.0.1:{faults.refusing_port()}/0"), truth_of=book.truth_of, lease_seconds=30)
    with ThreadPoolExecutor(12) as pool:
        decisions = list(pool.map(lambda _: gate.decide(shown, units=1), range(12)))

    assert sum(each.denied is None for each in decisions) == 16 // gate.processes


@pytest.mark.parametrize("fault", ["refused", "hung"])
def test_without_redis_the_truth_answers_and_a_share_of_the_limit_holds(
    book: Book, shown: Credential, fault: str
) -> None:
    with faults.black_hole() as hung:
        port = hung if fault == "hung" else faults.refusing_port()
        gate = Gate(GateStore(f"redis://127.0.0.1:{port}/0"), truth_of=book.truth_of, lease_seconds=30)
        seconds = faults.seconds_of(lambda: [gate.decide(shown, units=1) for _ in range(3)])
        admitted = 3 + sum(gate.decide(shown, units=1).denied is None for _ in range(20))
        book.says(is_live=False)
        gate.project([change_of(Level.CREDENTIAL, shown)])

        assert gate.decide(shown, units=1).revoked is Level.CREDENTIAL
    assert gate.circuit.is_open
    assert seconds < 3  # by the defaults of redis-py it would take one a minute
    assert admitted == LIMITS.quota // gate.processes


def test_without_redis_and_without_the_truth_nobody_is_told_that_their_credential_is_bad(
    book: Book, shown: Credential
) -> None:
    book.trouble = Unavailable()
    gate = Gate(GateStore(f"redis://127.0.0.1:{faults.refusing_port()}/0"), truth_of=book.truth_of, lease_seconds=30)

    for _ in range(3):
        with pytest.raises(Unavailable):
            gate.decide(shown, units=1)


@pytest.mark.parametrize("company", ["{}", "a}b{c", "x:y\n", "z" * 10_000])
def test_all_keys_of_a_decision_lie_in_one_slot(gate: Gate, redis_client: redis.Redis, company: str) -> None:
    gate.decide(credential(company_id=company), units=1)

    assert len({key_slot(key) for key in redis_client.keys("np:*")}) == 1


def test_limits_tell_that_a_company_is_read_only_as_soon_as_it_is_known_that_they_changed(
    gate: Gate, shown: Credential, book: Book
) -> None:
    def seen() -> bool:
        usage = gate.decide(shown, units=1).usage
        return usage is not None and usage.limits.is_read_only

    before = seen()
    book.says(limits=replace(LIMITS, version=2, is_read_only=True))
    gate.project([new_limits(shown)])
    assert (before, seen(), seen(), book.asked) == (False, True, True, 2)


def test_limits_tell_that_a_company_is_read_only_without_redis(book: Book, shown: Credential) -> None:
    book.says(limits=replace(LIMITS, is_read_only=True))
    away = Gate(GateStore(f"redis://127.0.0.1:{faults.refusing_port()}/0"), truth_of=book.truth_of, lease_seconds=30)
    usage = away.decide(shown, units=1).usage
    assert usage is not None
    assert (usage.is_local, usage.limits.is_read_only) == (True, True)
