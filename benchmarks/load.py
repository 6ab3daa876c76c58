"""A load on one server: a few keep-alive connections, a fixed time, and the server's own CPU time.

Figures are requests per CPU-second of the server's process tree (utime + stime of /proc/PID/stat), which a slow client
or a busy neighbour on the machine does not change; sides are measured in turns (A B A B ...) and compared by medians.
"""

from __future__ import annotations

import http.client
import os
import threading
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECTIONS = 8
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Call:
    """One GET: its path and headers, and the status that it must be answered with."""

    path: str
    headers: dict[str, str]
    expected: int = http.HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to."""

    requests: int
    cpu_seconds: float
    elapsed_seconds: float

    @property
    def per_cpu_second(self) -> float:
        """Requests per CPU-second of the server."""
        return self.requests / self.cpu_seconds

    @property
    def per_second(self) -> float:
        """Requests per second of the clock."""
        return self.requests / self.elapsed_seconds


def drive(port: int, calls: Sequence[Call], *, seconds: float, pid: int) -> Round:
    """Send the calls round and round for some seconds; every answer must be the expected one."""
    done, turn, until = [0] * CONNECTIONS, count(), clock.monotonic() + seconds

    def connection(number: int) -> None:
        with_server = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while clock.monotonic() < until:
            call = calls[next(turn) % len(calls)]
            with_server.request("GET", call.path, headers=call.headers)
            response = with_server.getresponse()
            response.read()
            assert response.status == call.expected, response.status
            done[number] += 1
        with_server.close()

    before, started = cpu_seconds(pid), clock.monotonic()
    threads = [threading.Thread(target=connection, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Round(sum(done), cpu_seconds(pid) - before, clock.monotonic() - started)


def cpu_seconds(pid: int) -> float:
    """Add up the CPU time of a process and all its descendants."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / _TICKS
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(cpu_seconds(int(child)) for child in children)
