"""Processes that serve: granian as in production, one worker and as many threads each, all on the same stores."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from novapulse.local.guard import LAST_IN
from novapulse.local.ports import free_port
from novapulse.local.process import Stop, kill_group, observe, stop_all
from novapulse.local.service import Launch
from tests.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from novapulse.local.guard import Guard

ROOT = Path(__file__).resolve().parents[2]
THREADS = 68
_START_SECONDS = 60
_GRANIAN = (
    *("--interface", "wsgi", "--workers", "1", "--blocking-threads", str(THREADS)),
    *("--http", "1", "--no-ws", "--log-level", "warning"),
)


_TRACEBACK_CHARACTERS = 3000


@dataclass(frozen=True)
class Fleet:
    """Running processes."""

    processes: tuple[Served, ...]

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(each.port for each in self.processes)

    def __add__(self, other: Fleet) -> Fleet:
        return Fleet(self.processes + other.processes)

    def __getitem__(self, part: slice) -> Fleet:
        return Fleet(self.processes[part])

    def tracebacks(self) -> list[str]:
        """Give what all logs have behind each traceback, and a little more: nothing may blow up unseen."""
        parts = (each.log_text().split("Traceback (most recent call last)")[1:] for each in self.processes)
        return [part[:_TRACEBACK_CHARACTERS] for found in parts for part in found]

    @staticmethod
    def kill(process: Served) -> None:
        """Kill one by SIGKILL, the worker with its supervisor, so that nothing is given back."""
        kill_group(process.process.pid)
        process.process.wait()


@contextmanager
def serving(guard: Guard, environments: Sequence[Mapping[str, str]], *, target: str, logs: Path) -> Iterator[Fleet]:
    """Run a process for each environment, until the block ends; they stop as well when the caller is killed."""
    processes = tuple(_start(guard, each, target=target, logs=logs) for each in environments)
    try:
        with ThreadPoolExecutor(len(processes)) as pool:
            list(pool.map(_wait_for, processes))
        yield Fleet(processes)
    finally:
        marks = (observe(each.process.pid) for each in processes)
        stop_all([Stop(mark, signal.SIGTERM) for mark in marks if mark is not None])
        for each in processes:
            each.process.wait()


def _start(guard: Guard, environment: Mapping[str, str], *, target: str, logs: Path) -> Served:
    port = free_port()
    argv = (sys.executable, "-m", "granian", *_GRANIAN, "--host", "127.0.0.1", "--port", str(port), target)
    log = logs / f"served-{port}.log"
    given = {**os.environ, **environment}  # noqa: TID251  handed on
    launch = Launch(argv=argv, environment=given, cwd=ROOT)
    return Served(port, guard.spawn(launch, log=log, stop_signal=signal.SIGTERM, stage=LAST_IN), log)


def _wait_for(served: Served) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not served.lives():
        assert served.process.poll() is None, served.log_text()
        assert time.monotonic() < deadline, served.log_text()
        time.sleep(0.1)
