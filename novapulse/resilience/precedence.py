"""Whoever works goes on working: the server's thread that reads sockets waits for its turn.

By default Linux lets a thread that has slept, as the one that reads sockets does after every few requests, interrupt
one that computes. In a crowd that is thousands of times a second, for requests that nobody can take in yet. A
thread under SCHED_BATCH does not interrupt; it gets its share when its turn comes, a few milliseconds later at most.
Source: sched(7). Measured: docs/adr/0014-load-shedding.md.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress

_own = threading.local()


def let_others_work() -> None:
    """Have this thread, and those it starts from now on, interrupt nobody."""
    _schedule(os.SCHED_BATCH)


def work() -> None:
    """Have this thread take precedence as any other; from the second time on it costs nothing."""
    if not hasattr(_own, "works"):
        _own.works = True
        _schedule(os.SCHED_OTHER)


def _schedule(policy: int) -> None:
    with suppress(OSError):  # where a sandbox forbids it, all is as it was, a little slower in a crowd
        os.sched_setscheduler(0, policy, os.sched_param(0))
