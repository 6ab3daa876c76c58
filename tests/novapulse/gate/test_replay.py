"""What other limits would have refused: held against the script that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novapulse.gate.decision import Limits, Truth
from novapulse.gate.replay import Asked, Replay
from tests.novapulse.gate.conftest import credential

if TYPE_CHECKING:
    import redis

    from novapulse.gate.store import GateStore

_CLOCK = "local clock = redis.call('TIME')\nlocal now = clock[1] * 1000000 + clock[2]\n"

steps = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1_000, 90_000, 600_000, 2_000_000, 30_000_000]),  # microseconds since the one before
        st.sampled_from("aaab"),
        st.sampled_from([1, 1, 2, 5]),
        st.sampled_from([0, 1_000, 90_000, 20_000_000]),  # how long it is at work
    ),
    min_size=30,
    max_size=60,
)
tried = st.builds(
    Limits, quota=st.integers(1, 30), window_seconds=st.sampled_from([1, 7, 60]), concurrency=st.integers(1, 8)
)


@given(limits=tried, steps=steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_refuses_what_the_script_refuses_and_by_the_same_policy(
    store: GateStore, redis_client: redis.Redis, limits: Limits, steps: list[tuple[int, str, int, int]]
) -> None:
    asked, now = [], 1_000_000_000_000
    for wait, principal, units, length in steps:
        now += wait
        asked.append(Asked(now, principal, units, until=now + length))
    replay = Replay(limits)

    assert [replay.refusal_of(each) for each in asked] == _decided(store, redis_client, limits, asked)


def _decided(store: GateStore, redis_client: redis.Redis, limits: Limits, asked: list[Asked]) -> list[str | None]:
    """Ask the script itself, with its clock set by the test."""
    script = store._decide.source
    assert _CLOCK in script
    decide = redis_client.register_script(script.replace(_CLOCK, "local now = tonumber(redis.call('GET', 'now'))\n"))
    first = credential()
    members = {name: credential(company_id=first.company_id) for name in "abc"}
    for each in members.values():
        store.fill(each, truth=Truth(1, 1, is_live=True, limits=limits))
    found: list[str | None] = []
    for number, each in enumerate(asked):
        shown = members[each.principal]
        redis_client.set("now", each.at)
        tag = f"np:{{c:{shown.company_id}}}"
        keys = (
            *(f"{tag}:c", f"{tag}:m:{shown.membership_id}", f"{tag}:k:{shown.credential_id}", f"{tag}:tat"),
            *(f"{tag}:p", f"{tag}:l", f"{tag}:tat:{shown.membership_id}"),
        )
        over = [
            f"{members[other.principal].membership_id}:{i}"
            for i, other in enumerate(asked[:number])
            if other.until <= each.at
        ]
        lease = f"{shown.membership_id}:{number}"
        row = decide(keys, (1, 1, shown.token_id, each.units, shown.membership_id, lease, 3_600_000_000, *over))
        assert row[0] == b"good"
        found.append(row[1].decode() or None)
    return found
