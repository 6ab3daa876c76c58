"""Faults, really injected: a port that refuses, a server that never answers, a process frozen or killed.

What happens on the way to a server is in `tests.faults.proxy`.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil

from novapulse.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def refusing_port() -> int:
    """Give a port of this machine on which nobody listens."""
    return free_port()


@contextmanager
def black_hole() -> Iterator[int]:
    """Give a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


def server_of(url: str) -> int:
    """Give the process id of the server that listens on the URL's port."""
    port = urlsplit(url).port
    listening = (each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN)
    return next(each.pid for each in listening if each.laddr.port == port)


def listens(url: str) -> bool:
    """Tell whether anybody listens on the URL's port."""
    try:
        return bool(server_of(url))
    except StopIteration:
        return False


def kill_server(url: str) -> None:
    """Kill the process that listens on the URL's port, and wait until nobody does."""
    os.kill(server_of(url), signal.SIGKILL)
    while listens(url):
        time.sleep(0.02)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Freeze a process for the length of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        while any(thread.read_text().rpartition(")")[2].split()[0] != "T" for thread in _threads(pid)):
            time.sleep(0.005)  # the signal is on its way: each thread stops by itself
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _threads(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").glob("*/stat"))


def seconds_of(work: Callable[[], object]) -> float:
    """Measure how long the work takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def quickest_seconds_of(work: Callable[[], object], *, tries: int = 3) -> float:
    """Measure how long the work takes at the least: a machine that stalls once says nothing about the work."""
    return min(seconds_of(work) for _ in range(tries))
