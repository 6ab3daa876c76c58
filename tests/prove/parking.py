"""Tasks of a company that is suspended under two workers: none begins after a second, none is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from apps.tenants.domain import standing
from novapulse.tenancy import scope
from tests.prove import people
from tests.prove.chores import tasks
from tests.prove.kennel import kennel
from tests.prove.proof import Claim, Proof, unless_busy
from tests.prove.work import effects, stored, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.people import Tenant
    from tests.prove.proof import Row
    from tests.prove.work import Stored
    from tests.prove.world import World

_TASKS: Final = 150
_TASK_MS: Final = 50
_RIVALS: Final = 10_000  # numbers of the other company's tasks begin here
_HEARD_SECONDS: Final = 1.0
_WATCHED_SECONDS: Final = 1.5


def parking(world: World) -> Iterator[Row]:
    """Suspend a company in the midst of its work, watch, and resume it."""
    return unless_busy(lambda: _parked(world))


def _parked(world: World) -> Iterator[Row]:
    held, rival = people.found(), people.found()
    mine = {"number": {"$lt": _RIVALS}}
    with stored(world) as database, kennel(world) as keeper:
        _enqueue(held, first=1)
        _enqueue(rival, first=_RIVALS)
        keeper.work(threads=2)
        keeper.work(threads=2)
        until(lambda: _done(database, mine) >= _TASKS // 5)
        standing.suspend(held.slug)
        time.sleep(_HEARD_SECONDS)
        heard = _done(database, mine)
        time.sleep(_WATCHED_SECONDS)
        late, others = _done(database, mine) - heard, _done(database, {}) - heard
        began = time.monotonic()
        standing.resume(held.slug)
        until(lambda: _done(database, mine) > heard + late)
        seconds = time.monotonic() - began
        is_over = until(lambda: _done(database, {}) >= 2 * _TASKS, seconds=60)
        twice = sum(count - 1 for count in effects(database).values())
    claim = Claim(
        "suspended: tasks begun a second later", "parked where workers look each second", "0", is_of_time=True
    )
    figure = f"{late} of {_TASKS - heard} left; the other company went on: {others} done"
    yield claim.row(figure, count=_TASKS, held=heard < _TASKS and late == 0 and others > 0)
    claim = Claim("resumed: the first goes on", "the sweeper looks twice a second", "<= 1 s", is_of_time=True)
    yield claim.row(f"{seconds * 1000:.0f} ms", count=1, held=seconds <= 1)
    claim = Claim("suspended and resumed: tasks lost or done twice", "put back into the outbox", "0")
    yield claim.row(f"{twice} twice, all done: {is_over}", count=2 * _TASKS, held=is_over and twice == 0)


def _enqueue(tenant: Tenant, *, first: int) -> None:
    with scope.company(tenant.id, location=tenant.owner.location):
        for number in range(first, first + _TASKS):
            tasks.dwell.enqueue(number, _TASK_MS)


def _done(database: Stored, which: dict[str, Any]) -> int:
    return database[tasks.EFFECTS].count_documents(which)


PROOFS = (Proof("parking", parking, needs=("parking",), in_short=False),)
