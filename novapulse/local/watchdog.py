"""The process that outlives the holder of a guard by a moment, to stop what was spawned under it (see `guard`).

Run as `python -m novapulse.local.watchdog --folder F [--owner PID TICKS --holder PID] [--remove]`, the pipe as stdin.
"""

import argparse
import contextlib
import fcntl
import os
import select
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from novapulse import clock
from novapulse.local.guard import RELEASE
from novapulse.local.nobody import remove
from novapulse.local.process import ProcessMark, Stop, is_leaving, observe, stop_all
from novapulse.local.state import LOCK_FILE

_PIPE = 0
_LOOK_AT_OWNER_SECONDS = 0.2
# Whoever starts servers in this folder holds the lock for seconds; beyond that, stopping matters more than order.
_LOCK_PATIENCE = timedelta(seconds=5)


def main() -> None:
    """Listen until the holder has let go or ended, then stop in order what was announced."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    arguments = _parsed()
    stages: dict[int, list[Stop]] = {}
    for line in _lines(arguments):
        if line == RELEASE.strip():
            return
        stage, pid, signal_number = (int(word) for word in line.split())
        mark = observe(pid)
        if mark is not None:
            stages.setdefault(stage, []).append(Stop(mark, signal_number))
    with _lock(arguments.folder):
        for _, stops in sorted(stages.items()):
            stop_all(stops)
    if arguments.remove:
        remove(arguments.folder)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--owner", type=int, nargs=2)
    parser.add_argument("--holder", type=int)
    parser.add_argument("--remove", action="store_true")
    return parser.parse_args()


def _lines(arguments: argparse.Namespace) -> Iterator[bytes]:
    """Yield each line of the pipe until its end; meanwhile send the holder SIGTERM once its owner leaves."""
    owner = ProcessMark(*arguments.owner) if arguments.owner else None
    pending = b""
    while True:
        if owner is not None and is_leaving(owner):
            owner = None
            _end(arguments.holder)
        readable, _, _ = select.select([_PIPE], [], [], _LOOK_AT_OWNER_SECONDS)
        if not readable:
            continue
        chunk = os.read(_PIPE, select.PIPE_BUF)
        if not chunk:
            return
        *lines, pending = (pending + chunk).split(b"\n")
        yield from lines


def _end(holder: int) -> None:
    # Once it has ended, this process has another parent: then nobody is asked, and the pipe ends by itself.
    if os.getppid() == holder:
        os.kill(holder, signal.SIGTERM)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold the folder's lock if it comes soon, so that nobody takes up a server that is about to stop."""
    deadline = clock.monotonic() + _LOCK_PATIENCE.total_seconds()
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(FileNotFoundError):  # the local folder may have been deleted meanwhile
            handle = stack.enter_context((folder / LOCK_FILE).open("w"))
            while clock.monotonic() < deadline and not _taken(handle.fileno()):
                time.sleep(_LOOK_AT_OWNER_SECONDS)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    main()
