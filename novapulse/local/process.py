"""Processes as Linux shows them in /proc: alive or not, the same one or another by its number; how to stop one."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from novapulse import clock

_POLL_SECONDS = 0.02
# The kernel needs a moment to take down a large process, and far longer only when its disk hangs.
_KILL_PATIENCE = timedelta(seconds=2)
_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_GONE_STATES = frozenset("ZXx")
# Fields of /proc/PID/stat as proc(5) numbers them; what follows the command's closing bracket begins with the third.
_STATE_INDEX = 3 - 3
_THREADS_INDEX = 20 - 3
_STARTED_INDEX = 22 - 3


@dataclass(frozen=True)
class ProcessMark:
    """One process, told apart from a later one with the same number by its start time in clock ticks since boot."""

    pid: int
    started_ticks: int


def observe(pid: int) -> ProcessMark | None:
    """Return the mark of the running process `pid`; None when there is none, or only a zombie waiting to be reaped.

    A killed process whose first thread is a zombie already still runs until its other threads have ended: so long it
    holds its ports and locks.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[_STATE_INDEX] in _GONE_STATES and int(fields[_THREADS_INDEX]) <= 1:
        return None
    return ProcessMark(pid=pid, started_ticks=int(fields[_STARTED_INDEX]))


def is_running(mark: ProcessMark) -> bool:
    """Say whether this very process still runs (os.kill(pid, 0) would say yes to a zombie and to a stranger)."""
    return observe(mark.pid) == mark


def is_leaving(mark: ProcessMark) -> bool:
    """Say whether the process has ended, or has got a signal to end and waits for its children to do so first.

    GNU make does that: it does not pass SIGINT on, since Ctrl-C reaches its children anyway, and waits for them inside
    its handler. There the signal is blocked, and no longer caught; no other state of make looks like it.
    """
    try:
        status = Path(f"/proc/{mark.pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    masks = {name: int(mask, 16) for name, mask in re.findall(r"^(SigBlk|SigCgt):\s*(\w+)$", status, re.MULTILINE)}
    handled = masks["SigBlk"] & ~masks["SigCgt"]
    return not is_running(mark) or any(handled >> (number - 1) & 1 for number in _ENDING)


@dataclass(frozen=True)
class Stop:
    """How one process is asked to end: its mark and the signal that means a clean stop to it."""

    mark: ProcessMark
    signal_number: int = signal.SIGTERM


def stop_all(stops: Iterable[Stop], *, patience: timedelta = timedelta(seconds=10)) -> None:
    """Ask all to end at once, wait at most `patience` for the slowest, then kill what is left with its process group.

    Each process must lead its own group (`start_new_session=True`), so that its children end with it.
    """
    asked = [stop for stop in stops if is_running(stop.mark)]
    for stop in asked:
        with contextlib.suppress(ProcessLookupError):
            os.kill(stop.mark.pid, stop.signal_number)
    _await_end(asked, patience=patience)
    for stop in asked:
        kill_group(stop.mark.pid)
    _await_end(asked, patience=_KILL_PATIENCE)


def _await_end(stops: Sequence[Stop], *, patience: timedelta) -> None:
    deadline = clock.monotonic() + patience.total_seconds()
    while any(is_running(stop.mark) for stop in stops) and clock.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def kill_group(pid: int) -> None:
    """Kill what is left of the process group that `pid` led, moments after its end at the latest."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
