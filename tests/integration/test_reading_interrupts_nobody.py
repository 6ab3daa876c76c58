"""In a process that serves, the thread that reads sockets waits for its turn; those that work need not."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Served


def scheduled(session: int) -> Iterator[int]:
    """Give how each thread of a session's processes is scheduled."""
    for task in Path("/proc").glob("[0-9]*/task/[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(task.parts[2])) == session:
                yield os.sched_getscheduler(int(task.name))


def test_the_thread_that_reads_interrupts_nobody_and_most_others_do_as_any(served: Served) -> None:
    for _ in range(20):
        assert served.lives()
    found = Counter(scheduled(served.process.pid))

    assert found[os.SCHED_BATCH] >= 1
    assert found[os.SCHED_OTHER] > found[os.SCHED_BATCH]
    assert set(found) == {os.SCHED_BATCH, os.SCHED_OTHER}
