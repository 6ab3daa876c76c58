"""A process that is told to stop says so at once, stays for a while, and then does what its server does.

Each test is a process of its own: what is proven changes its signals for good.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parents[3]
_BEFORE = """
import os, signal, sys, threading, time
from novapulse.resilience import draining
def say(word): print(word, flush=True)
draining.on_sigterm(stay_seconds=0.5)
"""
_SERVER = """
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: (say("closed"), ended.set()))
"""
_WATCH = """
say("ready")
while not draining.is_under_way(): time.sleep(0.01)
say("told")
"""


@contextmanager
def program(*parts: str) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", "".join((_BEFORE, *parts))]
    with subprocess.Popen(argv, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def seconds_until_told_and_closed() -> tuple[float, float]:
    with program(_SERVER, _WATCH, "ended.wait()") as process:
        assert said(process) == "ready"
        sent = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert said(process) == "told"
        told_after = time.monotonic() - sent
        assert said(process) == "closed"
        closed_after = time.monotonic() - sent
        assert process.wait(30) == 0
    return told_after, closed_after


def test_it_says_so_at_once_and_calls_the_servers_own_handler_later() -> None:
    told, closed = zip(*(seconds_until_told_and_closed() for _ in range(3)), strict=True)

    assert min(told) < 0.3  # once of three times: a machine may stall
    assert 0.5 <= min(closed) < 2


def test_without_a_handler_it_ends_as_the_system_would_have_it() -> None:
    with program(_WATCH, "time.sleep(20)") as process:
        assert said(process) == "ready"
        process.send_signal(signal.SIGTERM)
        assert said(process) == "told"
        assert process.wait(30) == -signal.SIGTERM


def test_a_child_of_a_fork_drains_by_itself() -> None:
    forked = """
child = os.fork()
if child:
    time.sleep(0.3)
    os.kill(child, signal.SIGTERM)
    say(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
    sys.exit(3 if draining.is_under_way() else 0)
ended.wait()
"""
    with program(_SERVER, forked) as process:
        assert said(process) == "closed"
        assert said(process) == "0"
        assert process.wait(30) == 0
