"""Five times more than a process can do: most of what it can it still does, in time; the rest it refuses at once.

1. The process has a core of its own, as where it is deployed; its stores and the crowd have the others.
2. Capacity is what four clients get that ask without a pause; unloaded is half of it, at random moments. Both are
   measured before each crowd and after it, since a shared machine is not always equally fast.
3. The crowd comes at random moments, five times the capacity on average, and asks for a list of 25 tasks; one in
   fifty asks for the health of the process. It comes three times: of what time decides, the middle one counts.
4. Five seconds after each the same process gets half of its capacity again.
5. Where the capacity after a crowd is not what it was before it, by more than a tenth, the machine has changed
   meanwhile, and what the process did is a share of nobody knows what: that crowd comes again, at most three times.
   That is of its share of capacity alone; all else is asked of every crowd.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from tests.prove import cores, people
from tests.prove.hammer import paced, unceasing
from tests.prove.load import Call, one, percentile
from tests.prove.proof import OK, UNAVAILABLE, Claim, Proof, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.prove.hammer import Blow
    from tests.prove.proof import Row
    from tests.prove.world import World

_LIST, _HEALTH = "/api/v1/tasks", "/health/live"
_TASKS = 25
_CLIENTS = 4  # more get no more out of one process
_TIMES, _AT_EASE = 5, 0.5
_CROWDS = 3
_MOST_CROWDS = 6
_STEADY_SHARE = 0.1
_FAIR_SECONDS = 8.0
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

    @property
    def late(self) -> float:
        return _late(_with(self.blows, OK))


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of a crowd, and of what was asked at ease before it and after it."""

    blows: list[Blow]
    before: Ease
    after: Ease
    seconds: float

    @property
    def lists(self) -> list[Blow]:
        return [blow for blow in self.blows if blow.path != _HEALTH]

    @property
    def capacity(self) -> float:
        return (self.before.per_second + self.after.per_second) / 2

    @property
    def is_steady(self) -> bool:
        return abs(self.after.per_second - self.before.per_second) <= _STEADY_SHARE * self.before.per_second

    @property
    def share(self) -> float:
        """Tell how much of its capacity the process has done."""
        return len(_with(self.lists, OK)) / self.seconds / self.capacity


def overload(world: World) -> Iterator[Row]:
    """Measure what one process can do, then offer it five times that."""
    stores = [each.pid for each, _ in world.guard.spawned]
    with world.more({}) as fleet, cores.alone(fleet.processes[0].process.pid, among=stores):
        came = list(_crowds(_list_of_tasks(fleet.ports[0]), seconds=world.size.overload_seconds))
    crowds = _counted(came)
    yield _done(crowds, of=len(came))
    yield _in_time(came)
    yield _refused(came)
    yield _health([blow for crowd in came for blow in crowd.blows if blow.path == _HEALTH])
    yield _again([crowd.after for crowd in came])


def _crowds(call: Call, *, seconds: float) -> Iterator[Crowd]:
    mixed = [*[call] * _LISTS_PER_HEALTH, replace(call, path=_HEALTH)]
    unceasing([call], clients=_CLIENTS, seconds=1)
    before, steady = _at_ease(call), 0
    for _ in range(_MOST_CROWDS):
        blows = paced(mixed, per_second=_TIMES * before.per_second, seconds=seconds)
        time.sleep(_AGAIN_SECONDS)
        crowd = Crowd(blows, before, _at_ease(call), seconds)
        yield crowd
        before, steady = crowd.after, steady + crowd.is_steady
        if steady == _CROWDS:
            break


def _counted(came: Sequence[Crowd]) -> Sequence[Crowd]:
    """Give the crowds that count: the steady ones, or all where the machine was never steady for long enough."""
    steady = [crowd for crowd in came if crowd.is_steady]
    return steady if len(steady) == _CROWDS else came


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


def _done(crowds: Sequence[Crowd], *, of: int) -> Row:
    offered = median(len(crowd.lists) / crowd.seconds / crowd.capacity for crowd in crowds)
    capacity = median(crowd.capacity for crowd in crowds)
    promise = f"{offered:.1f} x capacity ({capacity:.0f}/s) for {crowds[0].seconds:g} s, {len(crowds)} times of {of}"
    claim = Claim(promise, "refused at the door", ">= 80 % of capacity done", is_of_time=True)
    lists = [blow for crowd in crowds for blow in crowd.lists]
    figure = f"{_listed(f'{crowd.share:.0%}' for crowd in crowds)}; {told(lists)}"
    return claim.row(figure, count=len(lists), held=median(crowd.share for crowd in crowds) >= _GOODPUT_SHARE)


def _in_time(crowds: Sequence[Crowd]) -> Row:
    claim = Claim("what was let in", "few at work when late", "p99 <= 2 x unloaded", is_of_time=True)
    good = [_with(crowd.lists, OK) for crowd in crowds]
    unloaded = median([crowds[0].before.late, *(crowd.after.late for crowd in crowds)])
    figure = f"p99 {_listed(f'{1000 * _late(each):.1f}' for each in good)} ms, unloaded {1000 * unloaded:.1f}"
    held = median(map(_late, good)) <= _TIMES_LATER * unloaded
    return claim.row(figure, count=sum(map(len, good)), held=held)


def _refused(crowds: Sequence[Crowd]) -> Row:
    refused = [_with(crowd.lists, UNAVAILABLE) for crowd in crowds]
    claim = Claim("what was refused", "before anything else is done", "p99 <= 50 ms", is_of_time=True)
    figure = f"p99 {_listed(f'{1000 * _late(each):.0f}' for each in refused)} ms"
    held = all(refused) and median(map(_late, refused)) <= _REFUSED_SECONDS
    return claim.row(figure, count=sum(map(len, refused)), held=held)


def _health(blows: Sequence[Blow]) -> Row:
    claim = Claim("health in the crowd", "let in whatever the crowd", "none refused")
    good = _with(blows, OK)
    return claim.row(f"{told(blows)}; p99 {1000 * _late(good):.1f} ms", count=len(blows), held=len(good) == len(blows))


def _again(eases: Sequence[Ease]) -> Row:
    refused = max(1 - len(_with(ease.blows, OK)) / len(ease.blows) for ease in eases)
    promise = f"{_AGAIN_SECONDS:g} s later at half of capacity"
    claim = Claim(promise, "the limit grows again", "<= 1 % refused", is_of_time=True)
    count = sum(len(ease.blows) for ease in eases)
    return claim.row(f"{refused:.1%}", count=count, held=refused <= _REFUSED_AGAIN_SHARE)


def _listed(figures: Iterable[str]) -> str:
    return ", ".join(figures)


def _with(blows: Sequence[Blow], status: int) -> list[Blow]:
    return [blow for blow in blows if blow.status == status]


def _late(blows: Sequence[Blow]) -> float:
    return percentile([blow.seconds for blow in blows], 0.99) if blows else float("inf")


# Not in short: it needs a machine that does nothing else (docs/adr/0014-load-shedding.md), and in so few seconds the
# burst with which a crowd begins is more than one in a hundred.
PROOFS = (Proof("overload", overload, needs=("door",), in_short=False),)
