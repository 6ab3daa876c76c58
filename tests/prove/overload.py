"""Five times more than a process can do: most of what it can it still does, in time; the rest it refuses at once.

1. Capacity is what four clients get that ask without a pause; unloaded is half of it, at random moments. Both are
   measured before the crowd and after it, since a shared machine is not always equally fast.
2. The crowd comes at random moments, five times the capacity on average, and asks for a list of 25 tasks; one in
   fifty asks for the health of the process.
3. Five seconds later the same process gets half of its capacity again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.prove import people
from tests.prove.hammer import paced, unceasing
from tests.prove.load import Call, one, percentile
from tests.prove.proof import OK, UNAVAILABLE, Claim, Proof, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.prove.hammer import Blow
    from tests.prove.proof import Row
    from tests.prove.world import World

_LIST, _HEALTH = "/api/v1/tasks", "/health/live"
_TASKS = 25
_CLIENTS = 4  # more get no more out of one process
_TIMES, _AT_EASE = 5, 0.5
_FAIR_SECONDS = 4.0
_AGAIN_SECONDS = 5.0
_GOODPUT_SHARE = 0.8
_TIMES_LATER = 2.0
_REFUSED_SECONDS = 0.05
_REFUSED_AGAIN_SHARE = 0.01
_LISTS_PER_HEALTH = 49


@dataclass(frozen=True, slots=True)
class Ease:
    """What a process gives when it is not asked for more than it can do."""

    per_second: float
    blows: list[Blow]


def overload(world: World) -> Iterator[Row]:
    """Measure what one process can do, then offer it five times that."""
    with world.more({}) as fleet:
        call = _list_of_tasks(fleet.ports[0])
        unceasing([call], clients=_CLIENTS, seconds=1)
        before = _at_ease(call)
        crowd = [*[call] * _LISTS_PER_HEALTH, replace(call, path=_HEALTH)]
        seconds = world.size.overload_seconds
        blows = paced(crowd, per_second=_TIMES * before.per_second, seconds=seconds)
        time.sleep(_AGAIN_SECONDS)
        after = _at_ease(call)
    capacity = (before.per_second + after.per_second) / 2
    lists = [blow for blow in blows if blow.path != _HEALTH]
    yield _done(lists, capacity=capacity, seconds=seconds)
    yield _in_time(lists, [before, after])
    yield _refused(lists)
    yield _health([blow for blow in blows if blow.path == _HEALTH])
    yield _again(after)


def _list_of_tasks(port: int) -> Call:
    token = people.found().owner.token
    project = one(Call(port, token, "POST", "/api/v1/projects", {"name": "Crowd", "key": "CROWD"})).json()["id"]
    for number in range(_TASKS):
        one(Call(port, token, "POST", _LIST, {"project_id": project, "title": f"Task {number}"}))
    call = Call(port, token, path=_LIST)
    assert len(one(call).json()["data"]) == _TASKS
    return call


def _at_ease(call: Call) -> Ease:
    full = unceasing([call], clients=_CLIENTS, seconds=_FAIR_SECONDS)
    per_second = sum(blow.status == OK for blow in full) / _FAIR_SECONDS
    return Ease(per_second, paced([call], per_second=_AT_EASE * per_second, seconds=_FAIR_SECONDS))


def _done(blows: Sequence[Blow], *, capacity: float, seconds: float) -> Row:
    share = len(_with(blows, OK)) / seconds / capacity
    offered = len(blows) / seconds / capacity
    promise = f"{offered:.1f} x capacity ({capacity:.0f}/s) for {seconds:g} s"
    claim = Claim(promise, "refused at the door", ">= 80 % of capacity done", is_of_time=True)
    return claim.row(f"{share:.0%}; {told(blows)}", count=len(blows), held=share >= _GOODPUT_SHARE)


def _in_time(blows: Sequence[Blow], eases: Sequence[Ease]) -> Row:
    unloaded = _late([blow for ease in eases for blow in _with(ease.blows, OK)])
    late = _late(_with(blows, OK))
    claim = Claim("what was let in", "few at work when late", "p99 <= 2 x unloaded", is_of_time=True)
    figure = f"p99 {1000 * late:.1f} ms, unloaded {1000 * unloaded:.1f} ms"
    return claim.row(figure, count=len(_with(blows, OK)), held=late <= _TIMES_LATER * unloaded)


def _refused(blows: Sequence[Blow]) -> Row:
    refused = _with(blows, UNAVAILABLE)
    claim = Claim("what was refused", "before anything else is done", "p99 <= 50 ms", is_of_time=True)
    figure = f"p99 {1000 * _late(refused):.1f} ms"
    return claim.row(figure, count=len(refused), held=bool(refused) and _late(refused) <= _REFUSED_SECONDS)


def _health(blows: Sequence[Blow]) -> Row:
    claim = Claim("health in the crowd", "let in whatever the crowd", "none refused")
    good = _with(blows, OK)
    return claim.row(f"{told(blows)}; p99 {1000 * _late(good):.1f} ms", count=len(blows), held=len(good) == len(blows))


def _again(after: Ease) -> Row:
    refused = 1 - len(_with(after.blows, OK)) / len(after.blows)
    promise = f"{_AGAIN_SECONDS:g} s later at half of capacity"
    claim = Claim(promise, "the limit grows again", "<= 1 % refused", is_of_time=True)
    return claim.row(f"{refused:.1%}", count=len(after.blows), held=refused <= _REFUSED_AGAIN_SHARE)


def _with(blows: Sequence[Blow], status: int) -> list[Blow]:
    return [blow for blow in blows if blow.status == status]


def _late(blows: Sequence[Blow]) -> float:
    return percentile([blow.seconds for blow in blows], 0.99) if blows else float("inf")


# Not in short: beside other work it does not always hold (docs/adr/0014-load-shedding.md), and in so few seconds the
# burst with which a crowd begins is more than one in a hundred.
PROOFS = (Proof("overload", overload, needs=("door",), in_short=False),)
