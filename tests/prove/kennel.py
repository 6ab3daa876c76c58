"""Workers to be killed. A keeper forks them, so that one starts in no time.

The keeper reads numbers of threads from its standard input, starts a worker of all queues with so many, and answers
each with the process id of the child.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.prove.world import WITHOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.world import World

_VISIBILITY_SECONDS = 4
_ROOT = Path(__file__).resolve().parents[2]
_ANSWERS_PER_BEAT = 4  # three beats in the time of a visibility, and a little room


@dataclass
class Kennel:
    """The near side of a keeper."""

    process: subprocess.Popen[str]
    pids: list[int] = field(default_factory=list)

    def work(self, *, threads: int = 4) -> int:
        """Start a worker; give its process id."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{threads}\n")
        self.process.stdin.flush()
        self.pids.append(int(self.process.stdout.readline()))
        return self.pids[-1]

    @staticmethod
    def kill(pid: int) -> None:
        """Kill a child; one that has killed itself is gone already."""
        _send(pid, signal.SIGKILL)


@contextmanager
def kennel(world: World, *, visibility_seconds: int = _VISIBILITY_SECONDS) -> Iterator[Kennel]:
    """Keep processes on the world's stores until the block ends."""
    budgets = {
        "QUEUE_VISIBILITY_SECONDS": str(visibility_seconds),
        "SQS_TIMEOUT_MS": str(1000 * visibility_seconds // _ANSWERS_PER_BEAT),
    }
    given = {**os.environ, **budgets, WITHOUT: world.without}  # noqa: TID251  handed on
    argv = [sys.executable, "-m", "tests.prove.kennel"]
    with (
        (world.folder / "logs" / "kennel.log").open("ab") as log,
        subprocess.Popen(  # noqa: S603  our own program
            argv, cwd=_ROOT, env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        keeper = Kennel(process)
        try:
            yield keeper
        finally:
            process.kill()
            for pid in keeper.pids:
                keeper.kill(pid)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _main() -> None:
    import django  # noqa: PLC0415  a program of its own from here on

    django.setup()
    _cripple()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # leave no zombies
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _work(int(line))
            finally:
                os._exit(1)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _cripple() -> None:
    import pytest  # noqa: PLC0415  as above

    from tests.prove.mechanisms import MECHANISMS  # noqa: PLC0415  as above

    without = os.environ[WITHOUT]  # noqa: TID251  a switch of the proofs, no setting of the service
    if without:
        MECHANISMS[without](pytest.MonkeyPatch())


def _work(threads: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415  as above

    call_command("run_worker", threads=threads, queues={"critical": 3, "default": 1}, skip_checks=True)


if __name__ == "__main__":
    _main()
