"""What telemetry could not tell."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from novapulse.telemetry import drops


def test_what_was_dropped_is_counted_by_what_it_was_in_all_threads() -> None:
    before = drops.counted().get("test-lines", 0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: drops.count("test-lines", number), range(100)))

    assert drops.counted()["test-lines"] - before == sum(range(100))


def test_a_child_of_a_fork_counts_its_own_though_a_thread_of_its_parent_was_counting() -> None:
    drops.count("test-lines")
    with drops._lock:
        child = os.fork()
        if child == 0:
            if drops._lock.locked():
                os._exit(2)
            drops.count("test-lines", 2)
            os._exit(0 if drops.counted() == {"test-lines": 2} else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
