"""A core for one process alone, as it has where it is deployed (docs/adr/0014-load-shedding.md)."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FEWEST = 2


@contextmanager
def alone(leader: int, *, among: Sequence[int]) -> Iterator[int]:
    """Give a core, which it tells, to the session of `leader`, the others to this process and the sessions `among`."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < _FEWEST:
        raise RuntimeError("This needs two cores: one for the process, the others for its stores and its callers.")
    others = {*among} - {leader}
    _keep(_threads({leader}), on=cores[:1])
    _keep([*_threads(others), *_own_threads()], on=cores[1:])
    try:
        yield cores[0]
    finally:
        _keep([*_threads({leader, *others}), *_own_threads()], on=cores)


def _threads(sessions: set[int]) -> Iterator[int]:
    """Give the threads there are; what they start later stays on their cores."""
    for task in Path("/proc").glob("[0-9]*/task/[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(task.parts[2])) in sessions:
                yield int(task.name)


def _own_threads() -> Iterator[int]:
    return (int(task.name) for task in Path("/proc/self/task").iterdir())


def _keep(threads: Iterator[int] | Sequence[int], *, on: Sequence[int]) -> None:
    for thread in threads:
        with suppress(ProcessLookupError):
            os.sched_setaffinity(thread, on)
