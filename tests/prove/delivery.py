"""What SQS may do to a task, and a worker to its lease: copies, a task longer than its visibility, a frozen owner."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from novapulse.queues import names, setup
from novapulse.tenancy import scope
from tests.prove.chores import tasks
from tests.prove.kennel import kennel
from tests.prove.proof import Claim, Proof
from tests.prove.work import effects, stored, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.proof import Row
    from tests.prove.world import World

_COPIES = 50
_TIMES_LONGER = 5
_VISIBILITY_SECONDS = 2


def copies(world: World) -> Iterator[Row]:
    """Deliver one message fifty times to three workers at once."""
    with stored(world) as database, kennel(world) as keeper:
        for _ in range(3):
            keeper.work(threads=8)
        with scope.company(ObjectId(), location="DE"):
            number = 1
            result = tasks.wait_then_once.enqueue(number, 0.5)
        row: Any = database.outbox.find_one({"_id": ObjectId(result.id)})
        _send_copies(row["body"])
        is_over = until(lambda: database.outbox.count_documents({}) == 0 and not _visible())
        time.sleep(1)
        happened = effects(database)
    figure = f"{happened[number]} effect, begun {happened[-number]} x"
    yield Claim(
        "one message, delivered fifty times at once", "inbox: a claim is one conditional write", "1 effect"
    ).row(figure, count=_COPIES, held=is_over and happened[number] == happened[-number] == 1)


def _send_copies(body: str) -> None:
    sqs = setup.sqs()
    url = sqs.queue_url(names.physical("default"))
    for _ in range(_COPIES // 10):
        entries: list[Any] = [{"Id": str(copy), "MessageBody": body} for copy in range(10)]
        sqs.client().send_message_batch(QueueUrl=url, Entries=entries)


def _visible() -> int:
    sqs = setup.sqs()
    url = sqs.queue_url(names.physical("default"))
    answer = sqs.client().get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def long_task(world: World) -> Iterator[Row]:
    """Run a task for five times its visibility beside a worker that would take it."""
    seconds = _TIMES_LONGER * _VISIBILITY_SECONDS
    with stored(world) as database, kennel(world, visibility_seconds=_VISIBILITY_SECONDS) as keeper:
        keeper.work()
        keeper.work()
        with scope.company(ObjectId(), location="DE"):
            tasks.take_long.enqueue(1, float(seconds))
        is_over = until(lambda: database.outbox.count_documents({}) == 0, seconds=4 * seconds)
        happened = effects(database)
    yield Claim(f"a task of {_TIMES_LONGER} x its visibility", "heartbeat", "run once").row(
        f"run {happened[1]} x ({seconds} s, visibility {_VISIBILITY_SECONDS} s)",
        count=1,
        held=is_over and happened[1] == 1,
    )


def frozen_owner(world: World) -> Iterator[Row]:
    """Freeze a worker in a task until another has done it, then let it go on."""
    with stored(world) as database, kennel(world, visibility_seconds=_VISIBILITY_SECONDS) as keeper:
        first = keeper.work(threads=1)
        with scope.company(ObjectId(), location="DE"):
            tasks.wait_then_once.enqueue(1, 1.0)
        until(lambda: effects(database)[-1] == 1)
        os.kill(first, signal.SIGSTOP)
        keeper.work(threads=1)
        is_over = until(lambda: effects(database)[1] == 1)
        os.kill(first, signal.SIGCONT)
        time.sleep(2)
        happened = effects(database)
    figure = f"{happened[1]} effect, begun {happened[-1]} x"
    yield Claim("a worker frozen until another has done its task", "fence", "1 effect").row(
        figure, count=2, held=is_over and happened[1] == 1 and happened[-1] > 1
    )


PROOFS = (
    Proof("copies", copies, needs=("inbox",)),
    Proof("long-task", long_task, needs=("task-heartbeat",), in_short=False),
    Proof("frozen-owner", frozen_owner, needs=("fence",)),
)
