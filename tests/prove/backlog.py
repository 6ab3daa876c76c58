"""What a backlog does to others, and what SQS being away does to requests."""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from novapulse.queues import outbox, sender
from novapulse.tenancy import scope
from tests.prove.chores import tasks
from tests.prove.kennel import kennel
from tests.prove.load import Call, one
from tests.prove.proof import Claim, Proof, told
from tests.prove.work import effects, stored, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.load import Reply
    from tests.prove.proof import Row
    from tests.prove.work import Stored
    from tests.prove.world import World

_TASK_MS = 20
_TEN = 10
_MOST_DWELL_SECONDS = 8.0
_PER_SECOND = 20
_CREATED = 201
_MOST_DRAIN_SECONDS = 120.0  # moto runs fifty tasks a second


def backlog(world: World) -> Iterator[Row]:
    """Let one company enqueue thousands of tasks and another ten, after it."""
    many = world.size.backlog
    with stored(world) as database, kennel(world) as keeper:
        keeper.work(threads=8)
        alone = _dwell_of_ten(database, first=1)
        with scope.company(ObjectId(), location="DE"):
            for _ in range(many):
                tasks.dwell.enqueue(0, _TASK_MS)
        done_before = effects(database)[0]
        behind = _dwell_of_ten(database, first=1 + _TEN)
        left = many - effects(database)[0]
    figure = f"{behind:.1f} s at most; alone {alone:.1f} s; {done_before} of {many} done before, {left} left after"
    bound = f"<= {_MOST_DWELL_SECONDS:g} s"
    claim = Claim("dwell of ten tasks behind another's backlog", "window per company, share of threads", bound)
    yield claim.row(figure, count=many + _TEN, held=0 < behind <= _MOST_DWELL_SECONDS)


def _dwell_of_ten(database: Stored, *, first: int) -> float:
    with scope.company(ObjectId(), location="DE"):
        for number in range(first, first + _TEN):
            tasks.dwell.enqueue(number, _TASK_MS)
    mine: dict[str, Any] = {"number": {"$gte": first, "$lt": first + _TEN}}
    until(lambda: database[tasks.EFFECTS].count_documents(mine) == _TEN)
    return max((float(row["waited"]) for row in database[tasks.EFFECTS].find(mine)), default=0.0)


def refused(world: World) -> Iterator[Row]:
    """Refuse SQS to everybody while changes go on, then let it come back."""
    lag, over = [0.0], Event()
    with stored(world) as database, kennel(world) as keeper:
        keeper.work(threads=8)
        watcher = Thread(target=_watch_lag, args=(lag, over))
        watcher.start()
        world.way_to_sqs.refuses()
        try:
            replies = _changes(world, seconds=world.size.outage_seconds)
        finally:
            world.way_to_sqs.passes()
        back_at = time.monotonic()
        is_over = until(lambda: database.outbox.count_documents({}) == 0)
        drained = time.monotonic() - back_at
        over.set()
        watcher.join()
        happened = effects(database)
    lost = sum(happened[-number] != 1 for number in range(1, len(replies) + 1))
    good = sum(reply.status == _CREATED for reply in replies)
    slowest = max(reply.seconds for reply in replies)
    yield Claim(f"changes while SQS is refused for {world.size.outage_seconds:g} s", "outbox", "all 2xx").row(
        f"{told(replies)}; slowest {slowest * 1000:.0f} ms", count=len(replies), held=good == len(replies)
    )
    yield Claim("tasks of those changes, once it is back", "sweeper", f"all, once, <= {_MOST_DRAIN_SECONDS:g} s").row(
        f"{lost} lost or twice; drained in {drained:.1f} s; lag up to {max(lag):.1f} s",
        count=len(replies),
        held=is_over and lost == 0 and drained <= _MOST_DRAIN_SECONDS,
    )


def _watch_lag(lag: list[float], over: Event) -> None:
    while not over.wait(0.5):
        lag.append(outbox.lag_seconds(window=sender.window()))


def _changes(world: World, *, seconds: float) -> list[Reply]:
    replies: list[Reply] = []
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        number = len(replies) + 1
        port = world.fleet.ports[number % len(world.fleet.ports)]
        replies.append(one(Call(port, method="POST", path=f"/prove/changes/{number}")))
        time.sleep(max(0.0, began + number / _PER_SECOND - time.monotonic()))
    return replies


PROOFS = (
    Proof("backlog", backlog, needs=("window",), in_short=False),
    Proof("sqs-refused", refused, needs=("outbox",)),
)
