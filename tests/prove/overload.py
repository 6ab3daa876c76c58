"""Five times more than a process can do: most of what it can it still does, in time; the rest it refuses at once.

1. The process has a core of its own, as where it is deployed; its stores and the crowd have the others.
2. Capacity is what six clients get that ask without a pause; unloaded is half of it, at random moments. Both are
   measured before each crowd and after it.
3. The crowd comes at random moments, five times the capacity on average, and asks for a list of 25 tasks; one in
   fifty asks for the health of the process. It comes five times: of what was done all counts, of times the middle.
4. Five seconds after each the same process gets half of its capacity again.
5. What it could have done in a crowd is its capacity at the speed that its core had during that crowd (`pulse`).
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import TYPE_CHECKING

from tests.prove import cores, people, pulse
from tests.prove.hammer import paced, unceasing
from tests.prove.load import Call, one, percentile
from tests.prove.proof import OK, UNAVAILABLE, Claim, Proof, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.prove.fleet import Fleet
    from tests.prove.hammer import Blow
    from tests.prove.proof import Row
    from tests.prove.pulse import Pulse
    from tests.prove.world import World

_LIST, _HEALTH = "/api/v1/tasks", "/health/live"
_TASKS = 25
_CLIENTS = 6  # more get no more out of one process
_TIMES, _AT_EASE = 5, 0.5
_CROWDS = 5
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
    speed: float
    blows: list[Blow]

    @property
    def late(self) -> float:
        return _late(_with(self.blows, OK))


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of a crowd, and of what was asked at ease before it and after it."""

    blows: list[Blow]
    speed: float
    before: Ease
    after: Ease
    seconds: float

    @property
    def lists(self) -> list[Blow]:
        return [blow for blow in self.blows if blow.path != _HEALTH]

    @property
    def capacity(self) -> float:
        """Tell how many a second the process could have done at the speed that its core had."""
        return self.speed * mean(each.per_second / each.speed for each in (self.before, self.after))

    @property
    def done(self) -> int:
        """Count the lists that were answered before the crowd was over: what came later was in nobody's time."""
        over = min(blow.due for blow in self.blows) + self.seconds
        return sum(blow.due + blow.seconds <= over for blow in _with(self.lists, OK))

    @property
    def share(self) -> float:
        """Tell how much of its capacity the process has done."""
        return self.done / self.seconds / self.capacity


def overload(world: World) -> Iterator[Row]:
    """Measure what one process can do, then offer it five times that."""
    stores = [each.pid for each, _ in world.guard.spawned]
    with (
        _still(world.fleet),
        world.more({}) as fleet,
        cores.alone(fleet.processes[0].process.pid, among=stores) as core,
        pulse.felt(world, core=core) as felt,
    ):
        crowds = list(_crowds(_list_of_tasks(fleet.ports[0]), felt, seconds=world.size.overload_seconds))
    yield _done(crowds)
    yield _in_time(crowds)
    yield _refused(crowds)
    yield _health([blow for crowd in crowds for blow in crowd.blows if blow.path == _HEALTH])
    yield _again([crowd.after for crowd in crowds])


@contextmanager
def _still(fleet: Fleet) -> Iterator[None]:
    """Have processes that nobody asks anything take nothing from the cores until the block ends."""
    sessions = [each.process.pid for each in fleet.processes]
    try:
        for session in sessions:
            os.killpg(session, signal.SIGSTOP)
        yield
    finally:
        for session in sessions:
            os.killpg(session, signal.SIGCONT)


def _crowds(call: Call, felt: Pulse, *, seconds: float) -> Iterator[Crowd]:
    mixed = [*[call] * _LISTS_PER_HEALTH, replace(call, path=_HEALTH)]
    unceasing([call], clients=_CLIENTS, seconds=1)
    before = _at_ease(call, felt)
    for _ in range(_CROWDS):
        blows = paced(mixed, per_second=_TIMES * before.per_second, seconds=seconds)
        time.sleep(_AGAIN_SECONDS)
        after = _at_ease(call, felt)
        yield Crowd(blows, _speed(felt, blows), before, after, seconds)
        before = after


def _list_of_tasks(port: int) -> Call:
    token = people.found().owner.token
    project = one(Call(port, token, "POST", "/api/v1/projects", {"name": "Crowd", "key": "CROWD"})).json()["id"]
    for number in range(_TASKS):
        one(Call(port, token, "POST", _LIST, {"project_id": project, "title": f"Task {number}"}))
    call = Call(port, token, path=_LIST)
    assert len(one(call).json()["data"]) == _TASKS
    return call


def _at_ease(call: Call, felt: Pulse) -> Ease:
    full = unceasing([call], clients=_CLIENTS, seconds=_FAIR_SECONDS)
    per_second = len(_with(full, OK)) / _FAIR_SECONDS
    half = paced([call], per_second=_AT_EASE * per_second, seconds=_FAIR_SECONDS)
    return Ease(per_second, _speed(felt, full), half)


def _speed(felt: Pulse, blows: Sequence[Blow]) -> float:
    due = [blow.due for blow in blows]
    return felt.speed(min(due), max(due))


def _done(crowds: Sequence[Crowd]) -> Row:
    could = [crowd.capacity * crowd.seconds for crowd in crowds]
    lists = [blow for crowd in crowds for blow in crowd.lists]
    share = sum(crowd.done for crowd in crowds) / sum(could)
    promise = f"{len(lists) / sum(could):.1f} x capacity for {crowds[0].seconds:g} s, {len(crowds)} times"
    claim = Claim(promise, "refused at the door", ">= 80 % of capacity done", is_of_time=True)
    each = _listed(f"{crowd.share:.0%} of {crowd.capacity:.0f}/s" for crowd in crowds)
    return claim.row(f"{share:.1%}: {each}; {told(lists)}", count=len(lists), held=share >= _GOODPUT_SHARE)


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
