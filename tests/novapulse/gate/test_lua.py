"""The limits that the script decides about: quota, shares, requests at a time, and how they change."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from novapulse.gate.decision import Level, Limits
from novapulse.gate.gate import Gate
from tests.novapulse.gate.conftest import LIMITS, credential
from tests.novapulse.gate.test_gate import change_of, new_limits

if TYPE_CHECKING:
    import redis

    from novapulse.gate.decision import Credential
    from novapulse.gate.store import GateStore
    from tests.novapulse.gate.conftest import Book


def test_of_many_at_once_no_more_are_let_in_than_the_quota(gate: Gate, shown: Credential) -> None:
    with ThreadPoolExecutor(30) as pool:
        decisions = list(pool.map(lambda _: gate.decide(shown, units=1), range(60)))

    assert sum(each.denied is None for each in decisions) == LIMITS.quota
    assert {each.denied for each in decisions} == {None, "company"}
    assert all(0 < each.retry_after_seconds <= 30 for each in decisions if each.denied)


def test_other_limits_act_on_the_very_next_request(gate: Gate, shown: Credential, book: Book) -> None:
    for _ in range(10):
        gate.decide(shown, units=1)
    for version, (quota, remaining) in enumerate([(12, 1), (4, 0), (100, 88)], start=2):  # what was used, was used
        book.says(limits=replace(LIMITS, quota=quota, version=version))
        gate.project([replace(new_limits(shown), version=version)])
        decision = gate.decide(shown, units=1)

        assert decision.usage is not None
        assert (decision.usage.limits.quota, decision.usage.remaining) == (quota, remaining)
        assert (decision.denied is None) == (remaining > 0)


def test_a_reading_of_old_limits_that_comes_late_does_not_bring_them_back(
    gate: Gate, shown: Credential, book: Book
) -> None:
    old = book.truth
    gate.decide(shown, units=1)
    book.says(limits=replace(LIMITS, quota=4, version=2))
    gate.project([new_limits(shown)])
    gate.store.fill(shown, truth=old)
    decision = gate.decide(shown, units=1)

    assert decision.usage is not None
    assert decision.usage.limits.quota == 4


def test_more_than_so_many_at_a_time_wait_until_one_is_over(gate: Gate, shown: Credential, book: Book) -> None:
    book.says(limits=replace(LIMITS, concurrency=2))
    held = [gate.decide(shown, units=1) for _ in range(2)]
    refused = gate.decide(shown, units=1)
    gate.end(held[0])

    assert refused.denied == "concurrency"
    assert gate.decide(shown, units=1).denied is None
    assert gate.decide(shown, units=1).denied == "concurrency"


def test_who_is_refused_for_an_ended_credential_does_not_lose_the_leases_of_others(
    gate: Gate, shown: Credential, book: Book
) -> None:
    book.says(limits=replace(LIMITS, concurrency=3, quota=1000))
    ended = replace(shown, credential_id="e" * 24)
    gate.project([change_of(Level.CREDENTIAL, ended)])
    for _ in range(5):
        gate.end(gate.decide(shown, units=1))
        assert gate.decide(ended, units=1).revoked is Level.CREDENTIAL

    assert gate.decide(shown, units=1).denied is None


def test_one_person_cannot_take_all_places_while_a_colleague_is_there(
    gate: Gate, shown: Credential, book: Book
) -> None:
    book.says(limits=replace(LIMITS, concurrency=10, quota=1000))
    colleague = replace(shown, membership_id="c" * 24, credential_id="d" * 24)
    gate.end(gate.decide(colleague, units=1))
    decisions = [gate.decide(shown, units=1).denied for _ in range(8)]

    assert decisions == [None] * 5 + ["principal"] * 3
    assert [gate.decide(colleague, units=1).denied for _ in range(6)] == [None] * 5 + ["principal"]


def test_who_has_left_is_counted_no_longer_however_much_they_have_used(
    gate: Gate, shown: Credential, book: Book, redis_client: redis.Redis
) -> None:
    book.says(limits=Limits(quota=100, window_seconds=3600, concurrency=1000))
    colleague = replace(shown, membership_id="c" * 24, credential_id="d" * 24)
    for _ in range(60):
        gate.decide(colleague, units=1)
    long_ago = (redis_client.time()[0] - 31) * 1_000_000
    redis_client.zadd(f"np:{{c:{shown.company_id}}}:p", {colleague.membership_id: long_ago})

    assert sum(gate.decide(shown, units=1).denied is None for _ in range(41)) == 40


def test_a_lease_that_nobody_gives_back_expires(store: GateStore, book: Book, shown: Credential) -> None:
    killed, other = (Gate(store, truth_of=book.truth_of, lease_seconds=0.3) for _ in range(2))
    book.says(limits=replace(LIMITS, concurrency=1))
    killed.decide(shown, units=1)

    assert other.decide(shown, units=1).denied == "concurrency"
    time.sleep(0.35)
    assert other.decide(shown, units=1).denied is None


def test_a_policy_in_shadow_refuses_nobody_and_says_whom_it_would_have(
    gate: Gate, shown: Credential, book: Book
) -> None:
    book.says(limits=replace(LIMITS, quota=1, concurrency=1, shadow=frozenset({"company", "concurrency"})))
    first, second = gate.decide(shown, units=1), gate.decide(shown, units=1)

    assert (first.shadowed, second.denied) == ((), None)
    assert set(second.shadowed) == {"company", "concurrency"}


def test_whoever_is_alone_may_use_all_of_the_quota_and_then_makes_room_for_others(
    gate: Gate, shown: Credential, book: Book
) -> None:
    book.says(limits=Limits(quota=200, window_seconds=1, concurrency=1000))
    alone = sum(gate.decide(shown, units=1).denied is None for _ in range(200))
    colleague = replace(shown, membership_id="c" * 24, credential_id="d" * 24)
    gate.decide(colleague, units=1)
    got, asked = {shown.membership_id: 0, colleague.membership_id: 0}, 0
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        for _ in range(4):
            got[shown.membership_id] += gate.decide(shown, units=1).denied is None
        got[colleague.membership_id] += gate.decide(colleague, units=1).denied is None
        asked += 1
        time.sleep(0.01)  # the colleague asks at most 100 times, half of what there is

    assert alone >= 199
    assert got[colleague.membership_id] >= 0.8 * asked
    assert got[shown.membership_id] >= 0.2 * asked  # and nothing is left lying


def test_another_company_has_its_own_quota(gate: Gate, shown: Credential) -> None:
    for _ in range(LIMITS.quota + 1):
        gate.decide(shown, units=1)

    assert gate.decide(credential(), units=1).denied is None
