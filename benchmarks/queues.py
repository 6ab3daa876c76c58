"""Tasks per second through all of it: enqueue, outbox, SQS (moto), worker, done; and how far the publisher lags.

moto answers about a hundred calls a second, and slower the more messages a queue holds: it is the floor of these
figures, and a window of a hundred messages per company keeps it there.
"""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING

from bson import ObjectId
from rich.console import Console
from rich.table import Table

from tests.prove.kennel import kennel
from tests.prove.sizes import SHORT
from tests.prove.world import stores

if TYPE_CHECKING:
    from tests.prove.work import Stored
    from tests.prove.world import World

_TASKS = 300
_COMPANIES = 8
_PER_SECOND = 200
_SECONDS = 3  # so that no window is full before the end


def main() -> None:
    """Print the table."""
    table = Table("what", "figure")
    with stores(SHORT) as world:
        from tests.prove.work import stored  # noqa: PLC0415  once Django is set up

        for workers in (1, 2):
            with stored(world) as database:
                table.add_row(
                    f"tasks/s, {workers} worker(s) of 8 threads", _throughput(world, database, workers=workers)
                )
        with stored(world) as database:
            table.add_row(f"from commit to sent, at {_PER_SECOND} changes/s", _lag(database))
    Console(width=100).print(table)


def _throughput(world: World, database: Stored, *, workers: int) -> str:
    """Enqueue while the workers wait, and count from the first enqueueing to the last end."""
    with kennel(world, visibility_seconds=30) as keeper:
        for _ in range(workers):
            keeper.work(threads=8)
        time.sleep(2)
        began = time.monotonic()
        _enqueue(_TASKS)
        enqueued = time.monotonic() - began
        while database.outbox.count_documents({}):
            time.sleep(0.02)
        seconds = time.monotonic() - began
    return f"{_TASKS / seconds:.0f} (enqueueing took {enqueued:.1f} of {seconds:.1f} s)"


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
