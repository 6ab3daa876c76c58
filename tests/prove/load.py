"""Load on the fleet: all at the same instant, or at a given pace whatever comes back (an open loop).

A reply that never came has the status 0. Latency at a pace counts from when a request was due, so that a server that
makes the client late cannot hide it.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ME = "/api/v1/me"
LOST = 0
_WORKERS = 24
_TIMEOUT_SECONDS = 45


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one process; `token` is empty for somebody anonymous."""

    port: int
    token: str = ""
    method: str = "GET"
    path: str = ME
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a call: `at` is when it was sent, or due, by the monotonic clock."""

    call: Call
    status: int
    at: float
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ended_at(self) -> float:
        return self.at + self.seconds

    def json(self) -> Any:
        return json.loads(self.body)


class Lines:
    """Connections that are kept open, one to each process, for one thread."""

    def __init__(self) -> None:
        self._open: dict[int, http.client.HTTPConnection] = {}

    def connect(self, port: int) -> http.client.HTTPConnection:
        line = self._open.get(port)
        if line is None:
            line = self._open[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
            with suppress(OSError):
                line.connect()
        return line

    def send(self, call: Call, *, due: float | None = None) -> Reply:
        at = time.monotonic() if due is None else due
        headers = {"Content-Type": "application/json", **call.headers}
        if call.token:
            headers["Authorization"] = f"Bearer {call.token}"
        body = None if call.body is None else json.dumps(call.body)
        try:
            line = self.connect(call.port)
            line.request(call.method, call.path, body, headers)
            response = line.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(call, response.status, at, time.monotonic() - at, found, response.read())
        except (OSError, http.client.HTTPException):
            self._open.pop(call.port).close()
            return Reply(call, LOST, at, time.monotonic() - at)

    def close(self) -> None:
        for line in self._open.values():
            line.close()


def one(call: Call) -> Reply:
    """Send one request on a connection of its own."""
    lines = Lines()
    try:
        return lines.send(call)
    finally:
        lines.close()


def at_once(calls: Sequence[Call]) -> list[Reply]:
    """Send all at the same instant, each on a connection that is open already."""
    replies: list[Reply] = []
    barrier = threading.Barrier(len(calls))

    def send(call: Call) -> None:
        lines = Lines()
        lines.connect(call.port)
        barrier.wait()
        replies.append(lines.send(call))
        lines.close()

    _run([lambda call=call: send(call) for call in calls])
    return replies


def paced(calls: Sequence[Call], *, per_second: float, workers: int = _WORKERS) -> list[Reply]:
    """Send each call when it is due."""
    with running(lambda number: calls[number], per_second=per_second, most=len(calls), workers=workers) as load:
        load.wait()
    return load.replies


@dataclass
class Load:
    """A load that runs beside what the caller does; `replies` grows."""

    replies: list[Reply] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def wait(self) -> None:
        for thread in self.threads:
            thread.join()


@contextmanager
def running(
    call_of: Callable[[int], Call], *, per_second: float, most: float = float("inf"), workers: int = _WORKERS
) -> Iterator[Load]:
    """Send the calls of the numbers 0, 1, 2 ... at a pace, until the block ends."""
    load, numbers, started = Load(), count(), time.monotonic()

    def work() -> None:
        lines = Lines()
        while (number := next(numbers)) < most:
            due = started + number / per_second
            if load.ended.wait(max(0.0, due - time.monotonic())):
                break
            load.replies.append(lines.send(call_of(number), due=due))
        lines.close()

    load.threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in load.threads:
        thread.start()
    try:
        yield load
    finally:
        load.ended.set()
        load.wait()


def percentile(seconds: Sequence[float], share: float) -> float:
    """Give the value that the share (0 to 1) of all does not exceed, by the nearest rank."""
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, max(0, round(share * len(ranked)) - 1))]


def _run(works: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
