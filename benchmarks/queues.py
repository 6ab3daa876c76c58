"""Tasks per second through all of it: enqueue, outbox, SQS (moto), worker, done; and how far the publisher lags.

moto is the floor of these figures: it counts all messages of a queue for each one that it takes, 200 to 400 us of its
core for a hundred that lie there. A window of a hundred messages per company keeps its queues short. Celery runs
the same tasks on the same moto. How far the publisher lags is told beside what bare boto3 sends to a queue as long, and
once more with an SQS that answers as the real one does.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from rich.console import Console
from rich.table import Table

from novapulse.local.ports import free_port, is_free
from tests.prove.fleet import ROOT
from tests.prove.kennel import kennel
from tests.prove.sizes import SHORT
from tests.prove.world import stores

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.prove.work import Stored
    from tests.prove.world import World

_TASKS = 300
_THREADS = 8
_COMPANIES = 8
_PER_SECOND = 200
_SECONDS = 3  # so that no window is full before the end
_BATCH = 10
_ANSWER_SECONDS = 0.02  # a healthy SQS takes 10 to 50 ms
_BODY_BYTES = 600  # about what an envelope has


def main() -> None:
    """Print the table."""
    table = Table("what", "figure")
    with stores(SHORT, way=_straight) as world:
        from tests.prove.work import stored  # noqa: PLC0415  once Django is set up

        for workers in (1, 2):
            with stored(world) as database:
                ours = _throughput(world, database, workers=workers)
            table.add_row(f"tasks/s, {workers} worker(s) of {_THREADS} threads", ours)
            table.add_row("the same by Celery", _by_celery(world, workers=workers))
        with stored(world) as database:
            table.add_row(f"from commit to sent, at {_PER_SECOND} changes/s", _lag(database))
        with stored(world):
            table.add_row("messages/s by bare boto3, ten a call, one thread", _floor())
        with stored(world) as database, _sqs_that_answers():
            answers = f"the same, SQS answering after {_ANSWER_SECONDS * 1000:g} ms"
            table.add_row(answers, _lag(database))
    Console(width=120).print(table)


@contextmanager
def _straight(port: int) -> Iterator[Any]:
    """Lead to SQS without anything in between."""
    yield SimpleNamespace(port=port)


def _throughput(world: World, database: Stored, *, workers: int) -> str:
    """Enqueue while the workers wait, and count from the first enqueueing to the last end."""
    with kennel(world, visibility_seconds=30) as keeper:
        for _ in range(workers):
            keeper.work(threads=_THREADS)
        time.sleep(2)
        began = time.monotonic()
        _enqueue(_TASKS)
        enqueued = time.monotonic() - began
        while database.outbox.count_documents({}):
            time.sleep(0.02)
        seconds = time.monotonic() - began
    return f"{_TASKS / seconds:.0f} (enqueueing took {enqueued:.1f} of {seconds:.1f} s)"


def _by_celery(world: World, *, workers: int) -> str:
    from benchmarks import beside_celery  # noqa: PLC0415  once the addresses are known

    beside_celery.forget()
    queue = f"celery-{workers}"  # a new one: what a killed worker has asked SQS for takes a message of the old one
    with ExitStack() as running:
        for number in range(workers):
            running.enter_context(_celery_worker(world.folder / "logs" / f"{queue}-{number}.log", queue=queue))
        began = time.monotonic()
        for number in range(_TASKS):
            beside_celery.dwell.apply_async((number, time.time()), queue=queue)  # noqa: TID251  compared with another process' clock
        enqueued = time.monotonic() - began
        while beside_celery.effects() < _TASKS:
            time.sleep(0.02)
        seconds = time.monotonic() - began
    return f"{_TASKS / seconds:.0f} (enqueueing took {enqueued:.1f} of {seconds:.1f} s)"


@contextmanager
def _celery_worker(log: Path, *, queue: str) -> Iterator[None]:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
    argv = [sys.executable, "-m", "celery", "-A", "benchmarks.beside_celery", "worker", *quiet]
    argv += ["--queues", queue, "--pool", "threads", "--concurrency", str(_THREADS), "--hostname", log.stem]
    with log.open("wb") as output, subprocess.Popen(argv, cwd=ROOT, stdout=output, stderr=output) as worker:  # noqa: S603  our own program
        while " ready." not in log.read_text():
            assert worker.poll() is None, log.read_text()
            time.sleep(0.1)
        try:
            yield
        finally:
            worker.kill()


@contextmanager
def _sqs_that_answers() -> Iterator[None]:
    """Lead this process to an SQS that takes all messages, and takes its time as the real one does."""
    from novapulse.queues import setup  # noqa: PLC0415  once Django is set up

    argv = [sys.executable, "-m", "benchmarks.quick_sqs", str(port := free_port()), str(_ANSWER_SECONDS)]
    sqs, before = setup.sqs(), setup.sqs().options
    with subprocess.Popen(argv, cwd=ROOT) as server:  # noqa: S603  our own program
        while is_free(port):
            time.sleep(0.1)
        sqs.close()
        sqs.options = replace(before, endpoint_url=f"http://127.0.0.1:{port}")
        try:
            yield
        finally:
            server.kill()
            sqs.close()
            sqs.options = before


def _floor() -> str:
    """Send as many messages of the same size as the changes below make, by one thread and nothing else."""
    from novapulse.queues import names, setup  # noqa: PLC0415  once Django is set up

    client, count = setup.sqs().client(), int(_PER_SECOND * _SECONDS)
    url = setup.sqs().queue_url(names.physical("default"))
    began = time.monotonic()
    for _ in range(count // _BATCH):
        client.send_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(place), "MessageBody": "x" * _BODY_BYTES, "MessageGroupId": "a"} for place in range(_BATCH)
            ],
        )
    return f"{count / (time.monotonic() - began):.0f}"


def _enqueue(count: int) -> None:
    from novapulse.tenancy import scope  # noqa: PLC0415  once Django is set up
    from tests.prove.chores import tasks  # noqa: PLC0415  as above

    companies = [ObjectId() for _ in range(_COMPANIES)]
    for number in range(count):
        with scope.company(companies[number % _COMPANIES], location="DE"):
            tasks.dwell.enqueue(number, 0)


def _lag(database: Stored) -> str:
    """Make changes at a pace without any worker, and see how long each row waits until it is sent."""
    companies = [threading.Thread(target=_changes, args=(_PER_SECOND / _COMPANIES,)) for _ in range(_COMPANIES)]
    for company in companies:
        company.start()
    for company in companies:
        company.join()
    waited = [
        (row["sent_at"] - row["enqueued_at"]).total_seconds() * 1000
        for row in database.outbox.find({"sent_at": {"$exists": True}})
    ]
    unsent = database.outbox.count_documents({"sent_at": {"$exists": False}})
    cuts = statistics.quantiles(waited, n=100)
    return f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms; {len(waited)} sent, {unsent} still to send"


def _changes(per_second: float) -> None:
    from novapulse.tenancy import scope  # noqa: PLC0415  as above
    from tests.prove.chores import tasks  # noqa: PLC0415  as above

    began = time.monotonic()
    with scope.company(ObjectId(), location="DE"):
        for number in range(int(per_second * _SECONDS)):
            tasks.dwell.enqueue(number, 0)
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))


if __name__ == "__main__":
    main()
