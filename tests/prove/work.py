"""Work that is never lost: workers and processes that are killed in the middle of it."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from pymongo import MongoClient

from novapulse.queues import names, publisher, redrive, setup
from novapulse.tenancy import scope
from tests.prove.chores import tasks
from tests.prove.kennel import kennel
from tests.prove.load import LOST, Call, one
from tests.prove.proof import Claim, Proof
from tests.prove.sink import sink
from tests.prove.world import MORTAL, PROCESSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

    from tests.prove.kennel import Kennel
    from tests.prove.load import Reply
    from tests.prove.proof import Row
    from tests.prove.world import World

    Stored = Database[dict[str, Any]]

_MOST_SECONDS = 120
_PAUSE_MS = 60  # in a task, three times: long enough to be killed in
_TASKS_PER_KILL = 6
_random = random.SystemRandom()


@contextmanager
def stored(world: World) -> Iterator[Stored]:
    """Give the database through a plain client, with new queues and no effects; this process sends what it enqueues."""
    _delete_queues()
    setup.apply(setup.plan())
    if not publisher.publisher.is_running:
        publisher.publisher.start()
    with MongoClient[dict[str, Any]](world.mongo_url, tz_aware=True) as client:
        database = client.get_default_database()
        for name in ("outbox", "inbox", tasks.EFFECTS):
            database[name].delete_many({})
        yield database


def _delete_queues() -> None:
    client = setup.sqs().client()
    for url in client.list_queues().get("QueueUrls", []):
        client.delete_queue(QueueUrl=url)


def until(condition: Callable[[], bool], *, seconds: float = _MOST_SECONDS) -> bool:
    """Wait for something, and tell whether it came."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def effects(database: Stored) -> Counter[int]:
    """Count how often each effect has happened."""
    return Counter(row["number"] for row in database[tasks.EFFECTS].find())


def killed_workers(world: World) -> Iterator[Row]:
    """Kill workers at random points of tasks; each task's effect in the database has happened once."""
    kills = world.size.worker_kills
    with stored(world) as database, sink() as received, kennel(world) as keeper:
        count, killed_while_busy = _enqueue_and_kill(keeper, received.port, kills=kills, database=database)
        last = keeper.work(threads=8)
        is_over = until(lambda: database.outbox.count_documents({}) == 0)
        quarantined = _redriven()
        is_over = is_over and until(lambda: database.outbox.count_documents({}) == 0)
        keeper.kill(last)
        happened = effects(database)
    lost = sum(happened[number] == 0 for number in range(count))
    twice = sum(happened[number] > 1 for number in range(count))
    repeats = sum(len(keys) - 1 for keys in received.keys.values())
    strange = sum(len(set(keys)) != 1 for keys in received.keys.values())
    told = f"{kills} killed, {killed_while_busy} of them with tasks begun; {quarantined} tasks quarantined and redriven"
    yield Claim("tasks lost when workers are killed", "outbox, lease and redelivery", "0").row(
        f"{lost} of {count}; {told}", count=kills, held=lost == 0 and is_over
    )
    yield Claim("effects in the database that happened twice", "once: effect and inbox in one transaction", "0").row(
        f"{twice} of {count}", count=kills, held=twice == 0
    )
    yield Claim("repeats by HTTP under another key", "the task's id", "0").row(
        f"{strange} of {repeats} repeats", count=kills, held=strange == 0
    )


def _enqueue_and_kill(keeper: Kennel, port: int, *, kills: int, database: Stored) -> tuple[int, int]:
    """Enqueue tasks while two workers run, of which one is killed again and again; count tasks, and kills that hit."""
    workers, number, hits = [keeper.work(), keeper.work()], 0, 0
    for _ in range(kills):
        with scope.company(ObjectId(), location="DE"):
            for _task in range(_TASKS_PER_KILL):
                tasks.charge.enqueue(number, port, _PAUSE_MS)
                number += 1
        victim = workers.pop(0)
        owned = {"status": "running", "owner": {"$regex": f":{victim}$"}}
        until(lambda owned=owned: database.inbox.find_one(owned) is not None, seconds=5)  # type: ignore[misc]  # run at once
        time.sleep(_random.uniform(0, 4 * _PAUSE_MS / 1000))
        keeper.kill(victim)
        hits += database.inbox.count_documents(owned) > 0
        workers.append(keeper.work())
    for worker in workers:
        keeper.kill(worker)
    return number, hits


def _redriven() -> int:
    """Redrive what three deaths have quarantined: killed at random, a task may be unlucky."""
    sqs, count = setup.sqs(), 0
    url = sqs.queue_url(names.physical(names.of_the_dead("default")))
    while letters := sqs.client().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for letter in letters:
            count += redrive.again(letter["Body"])
            sqs.client().delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    return count


def killed_before_sending(world: World) -> Iterator[Row]:
    """Kill serving processes between commit and send; a committed change has its task, one rolled back has none."""
    kills = world.size.commit_kills
    with stored(world) as database, kennel(world) as keeper:
        deaths, refused = 0, 0
        for first in range(1, kills, PROCESSES):
            with world.more(*[{}] * PROCESSES, target=MORTAL) as fleet:
                numbers = range(first, first + PROCESSES)
                replies = [
                    reply for place, number in enumerate(numbers) for reply in _change(fleet.ports[place], number)
                ]
            refused += sum(reply.status == HTTPStatus.CONFLICT for reply in replies)
            deaths += sum(reply.status == LOST for reply in replies)
        changed = {row["number"] for row in database[tasks.EFFECTS].find({"kind": "change"})}
        keeper.work(threads=8)
        is_over = until(lambda: database.outbox.count_documents({}) == 0)
        happened = effects(database)
    followed = {-number for number in happened if number < 0}
    twice = sum(happened[-number] > 1 for number in followed)
    kept = f"{len(changed - followed)} of {len(changed)} without, {twice} twice"
    figure = f"{kept}; {len(followed - changed)} of {refused} rolled back with one"
    yield Claim("changes without their task, API killed between commit and send", "outbox and sweeper", "0, 0, 0").row(
        f"{figure}; {deaths} processes died of it",
        count=kills,
        held=changed == followed and len(changed) == deaths == refused == kills and is_over and twice == 0,
    )


def _change(port: int, number: int) -> list[Reply]:
    """Have a change rolled back, and then another one committed, of which the process dies."""
    return [one(Call(port, method="POST", path=f"/prove/{kind}/{number}")) for kind in ("refusals", "changes")]


PROOFS = (
    Proof("killed-workers", killed_workers, needs=("once", "redelivery")),
    Proof("killed-before-sending", killed_before_sending, needs=("outbox",)),
)
