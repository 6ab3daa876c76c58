"""One company's limit over four processes: exact at once, at every edge, and after a change of plan."""

from __future__ import annotations

import time
from itertools import cycle, islice
from typing import TYPE_CHECKING

from tests.prove import people
from tests.prove.load import Call, at_once, one, running
from tests.prove.proof import OK, TOO_MANY, Claim, Proof, server_errors, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.prove.fleet import Fleet
    from tests.prove.load import Reply
    from tests.prove.proof import Row
    from tests.prove.world import World

QUOTA, WINDOW_SECONDS, CALLERS = 20, 60, 60
_RATE = QUOTA / WINDOW_SECONDS
_SETTLING_SECONDS = 15
_SCRIPT = "one script in Redis decides and charges"


def exact(world: World) -> Iterator[Row]:
    """Send 60 requests of one company at the same instant, over all processes: its quota of 20 is admitted."""
    _settle(world.fleet)
    yield exact_row(world.fleet, "60 at once at quota 20 over 4 processes", trials=world.size.bursts)


def _settle(fleet: Fleet) -> None:
    """Wait until the processes have served one burst as they should, or for so long.

    What a process makes at its first requests, such as the clients of its stores, holds the interpreter for longer than
    Redis is waited for; then it decides by its share, as with any Redis that is slow.
    """
    until = time.monotonic() + _SETTLING_SECONDS
    while statuses(burst(fleet.ports))[OK] != QUOTA and time.monotonic() < until:
        time.sleep(1)


def exact_row(fleet: Fleet, promise: str, *, trials: int, mechanism: str = _SCRIPT) -> Row:
    admitted, refused, held = [], 0, True
    for _ in range(trials):
        replies = burst(fleet.ports)
        admitted.append(statuses(replies)[OK])
        refused += statuses(replies)[TOO_MANY]
        held = held and QUOTA <= admitted[-1] <= QUOTA + int(_RATE * _lasted(replies))
    held = held and sum(admitted) + refused == trials * CALLERS
    claim = Claim(promise, mechanism, f"{QUOTA}, {CALLERS - QUOTA} x 429")
    figure = f"{_span(admitted)} admitted, {refused / trials:g} x 429"
    return claim.row(figure, count=trials * CALLERS, held=held)


def burst(ports: Sequence[int]) -> list[Reply]:
    """Let a new company send its 60, round and round: they are over before one more is due, in three seconds."""
    tenant = people.found(quota=QUOTA, window_seconds=WINDOW_SECONDS)
    return at_once([Call(port, tenant.owner.token) for port in islice(cycle(ports), CALLERS)])


def _lasted(replies: Sequence[Reply]) -> float:
    return max(reply.ended_at for reply in replies) - min(reply.at for reply in replies)


def edges(world: World) -> Iterator[Row]:
    """Send bursts at every place of a window: no interval, wherever it begins and ends, has more than its due."""
    quota, window = QUOTA, 4
    tenant = people.found(quota=quota, window_seconds=window)
    ports, started, replies = cycle(world.fleet.ports), time.monotonic(), []
    while time.monotonic() - started < world.size.edge_seconds:
        replies += at_once([Call(next(ports), tenant.owner.token) for _ in range(quota)])
        time.sleep(0.37)  # drifts through the window
    yield _edge_row("bursts over every edge of a window of 4 s", replies, quota=quota, window=window)
    for _ in range(world.size.minute_edges):
        yield _edge_row("bursts on both sides of a minute", _around_a_minute(world), quota=QUOTA, window=60)


def _around_a_minute(world: World) -> list[Reply]:
    tenant = people.found(quota=QUOTA, window_seconds=60)
    ports, replies = cycle(world.fleet.ports), []
    time.sleep((59.3 - time.time()) % 60)  # noqa: TID251  the clock on the wall, which fixed windows go by
    for _ in range(3):
        replies += at_once([Call(next(ports), tenant.owner.token) for _ in range(30)])
        time.sleep(0.4)
    return replies


def _edge_row(promise: str, replies: Sequence[Reply], *, quota: int, window: int) -> Row:
    admitted = [reply for reply in replies if reply.status == OK]
    excess = worst_excess(admitted, quota=quota, rate=quota / window)
    due = quota + quota / window * _lasted(replies)
    held = excess <= 0 and len(admitted) >= 0.9 * due - 1 and not server_errors(replies)
    claim = Claim(promise, "GCRA: no window, so no edge", "<= quota + rate x elapsed")
    figure = f"worst interval {excess:+.2f}; {len(admitted)} of {due:.0f} due admitted"
    return claim.row(figure, count=len(replies), held=held)


def worst_excess(admitted: Sequence[Reply], *, quota: int, rate: float) -> float:
    """Tell by how much the worst interval exceeds its due: for every begin and every end, what lies in between."""
    worst = float("-inf")
    for begin in sorted(reply.at for reply in admitted):
        ends = sorted(reply.ended_at for reply in admitted if reply.at >= begin)
        for count, end in enumerate(ends, start=1):
            worst = max(worst, count - quota - rate * (end - begin))
    return worst


def plan_change(world: World) -> Iterator[Row]:
    """Lower a quota from 100 to 10 under load: the next request of every process knows it."""
    told, most, count = 0, 0, 0
    for _ in range(world.size.plan_changes):
        tenant = people.found(quota=100, window_seconds=60)
        calls = [Call(port, tenant.owner.token) for port in world.fleet.ports]
        with running(lambda number, calls=calls: calls[number % len(calls)], per_second=10):
            time.sleep(0.5)
        people.agree(tenant.slug, quota=10)
        first = [one(call) for call in calls]
        told += sum('"company";q=10;' in reply.headers.get("ratelimit-policy", "") for reply in first)
        rest = at_once([call for call in calls for _ in range(10)])
        most = max(most, statuses([*first, *rest])[OK])
        count += len(first) + len(rest)
    expected = world.size.plan_changes * len(world.fleet.ports)
    figure = f"{told} of {expected} first answers know it, at most {most} admitted"
    claim = Claim("a quota lowered from 100 to 10 in flight", "limits change in Redis on commit", "all, 10")
    yield claim.row(figure, count=count, held=told == expected and 1 <= most <= 10)


def _span(figures: Sequence[int]) -> str:
    low, high = min(figures), max(figures)
    return f"{low}" if low == high else f"{low} to {high}"


PROOFS = (
    Proof("exact", exact, needs=("shared-count", "one-script")),
    Proof("edges", edges, needs=("continuous-refill",)),
    Proof("plan-change", plan_change, needs=("limits-projection",)),
)
