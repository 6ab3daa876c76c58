"""Processes as /proc shows them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from novapulse.local.process import Stop, is_running, observe, stop_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"])
print(child.pid, flush=True)
time.sleep(60)
"""

# Its first thread ends at once, by the system call itself; the other goes on.
THREADED = """
import ctypes, threading, time
def rest():
    time.sleep(0.2)
    print("alone", flush=True)
    time.sleep(60)
threading.Thread(target=rest).start()
ctypes.CDLL(None).syscall(60, 0)
"""


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


def test_a_process_is_running_until_it_is_killed_even_while_nobody_reaps_it(
    sleeper: subprocess.Popen[bytes], until: Callable[..., None]
) -> None:
    mark = observe(sleeper.pid)
    assert mark is not None
    assert is_running(mark)
    os.kill(sleeper.pid, signal.SIGKILL)
    until(lambda: not is_running(mark))
    os.kill(sleeper.pid, 0)  # the kernel still knows the number: it is a zombie
    assert observe(sleeper.pid) is None


def test_a_killed_process_runs_until_its_last_thread_has_ended() -> None:
    argv = [sys.executable, "-c", THREADED]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:  # noqa: S603  a program of ours
        assert process.stdout is not None
        process.stdout.readline()
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert state == "Z"
        assert observe(process.pid) is not None
        process.kill()


def test_a_process_is_not_taken_for_an_earlier_one_with_its_number(sleeper: subprocess.Popen[bytes]) -> None:
    mark = observe(sleeper.pid)
    assert mark is not None
    assert not is_running(replace(mark, started_ticks=mark.started_ticks - 1))


def test_stop_all_kills_what_ignores_its_signal_and_its_children_after_the_patience(
    until: Callable[..., None],
) -> None:
    argv = [sys.executable, "-c", STUBBORN]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as process:  # noqa: S603  a program of ours
        assert process.stdout is not None
        child, parent = observe(int(process.stdout.readline())), observe(process.pid)
        assert child is not None
        assert parent is not None
        stop_all([Stop(parent)], patience=timedelta(seconds=0.2))
        assert process.wait(30) == -signal.SIGKILL
    until(lambda: not is_running(child))


def test_stop_all_leaves_a_stranger_alone_that_has_the_number_of_a_process_long_gone(
    sleeper: subprocess.Popen[bytes],
) -> None:
    mark = observe(sleeper.pid)
    assert mark is not None
    stop_all([Stop(replace(mark, started_ticks=mark.started_ticks - 1))])
    assert is_running(mark)
