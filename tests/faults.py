"""Faults, really injected: a port that refuses, a server that takes connections and never answers, a frozen process."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import contextmanager
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


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Freeze a process for the length of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def seconds_of(work: Callable[[], object]) -> float:
    """Measure how long the work takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started
