"""A crowd in a process of its own: one loop over raw sockets, so light that what it costs is not taken from the server.

Latency at a pace counts from when a request was due: a server that makes the crowd late cannot hide it.
"""

from __future__ import annotations

import multiprocessing
import random
import select
import socket
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.prove.load import Call

_LINES = 256  # connections of a crowd that keeps a pace; whoever finds none idle waits for one, and that counts
_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_CHUNK = 256 * 1024
_LOOK_SECONDS = 0.05
_LULL_SECONDS = 0.00025
_PATIENCE_SECONDS = 10.0  # what has no answer then never gets one


@dataclass(frozen=True, slots=True)
class Blow:
    """What came of a request: its status, and the seconds since it was due; `path` is what was asked for.

    `due` is by the monotonic clock of the machine.
    """

    status: int
    due: float
    seconds: float
    path: str


def paced(calls: Sequence[Call], *, per_second: float, seconds: float) -> list[Blow]:
    """Send at random moments, so many a second, whatever comes back; each time one of the calls, by chance."""
    return _apart(_pace, calls, per_second, seconds)


def unceasing(calls: Sequence[Call], *, clients: int, seconds: float) -> list[Blow]:
    """Have so many clients send one after the other, as soon as they have heard."""
    return _apart(_go_on, calls, clients, seconds)


def _apart(work: Callable[..., list[Blow]], *arguments: object) -> list[Blow]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _pace(calls: Sequence[Call], per_second: float, seconds: float) -> list[Blow]:
    crowd, chance, waiting = _Crowd(calls, lines=_LINES), random.Random(1), deque[float]()  # noqa: S311  no secret
    crowd.greet()
    due = time.monotonic()
    until = due + seconds
    while (now := time.monotonic()) < until or ((waiting or crowd.busy) and now < until + _PATIENCE_SECONDS):
        while due <= min(now, until):
            waiting.append(due)
            due += chance.expovariate(per_second)
        while waiting and crowd.idle:
            crowd.send(chance.randrange(len(calls)), due=waiting.popleft())
        crowd.hear(max(0.0, min(due - time.monotonic(), _LOOK_SECONDS)))
    lost = [*waiting, *(line.due for line in crowd.busy.values())]
    return [*crowd.blows, *(Blow(0, due, _PATIENCE_SECONDS, "") for due in lost)]


def _go_on(calls: Sequence[Call], clients: int, seconds: float) -> list[Blow]:
    crowd = _Crowd(calls, lines=clients)
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until or (crowd.busy and now < until + _PATIENCE_SECONDS):
        while crowd.idle and now < until:
            crowd.send(len(crowd.blows) % len(calls), due=time.monotonic())
        crowd.hear(_LOOK_SECONDS)
    return crowd.blows


@dataclass(slots=True)
class _Line:
    """A connection, and what it waits for."""

    socket: socket.socket
    call: Call
    due: float = 0.0
    got: bytearray = field(default_factory=bytearray)

    def is_answered(self) -> bool:
        """Tell whether the whole answer has come."""
        head = self.got.find(_HEAD_ENDS)
        if head < 0:
            return False
        begins = self.got.index(_LENGTH, 0, head + 2) + len(_LENGTH)
        length = int(self.got[begins : self.got.index(b"\r\n", begins)])
        return len(self.got) >= head + len(_HEAD_ENDS) + length


class _Crowd:
    """Connections to one process: idle ones, and those that wait for an answer."""

    def __init__(self, calls: Sequence[Call], *, lines: int) -> None:
        address = ("127.0.0.1", calls[0].port)
        self.calls, self.blows = calls, list[Blow]()
        self.sent = [_as_sent(call) for call in calls]
        self.idle = [_Line(socket.create_connection(address), calls[0]) for _ in range(lines)]
        self.busy: dict[socket.socket, _Line] = {}

    def send(self, number: int, *, due: float) -> None:
        line = self.idle.pop()
        line.call, line.due = self.calls[number], due
        line.got.clear()
        line.socket.sendall(self.sent[number])
        self.busy[line.socket] = line

    def greet(self) -> None:
        """Have an answer on each connection in turn: a server that knows them all has no crowd at its accept(2)."""
        for line in self.idle.copy():
            self.idle.remove(line)
            self.idle.append(line)
            self.send(0, due=time.monotonic())
            while self.busy:
                self.hear(_LOOK_SECONDS)
        self.blows.clear()

    def hear(self, seconds: float) -> None:
        """Wait for a lull, or so long at the most, and take what has come.

        Nobody sleeps at the sockets: whoever answers would have to wake the sleeper, which is work for the core of the
        process, and nothing that a caller on another machine costs it (docs/adr/0014-load-shedding.md has how much).
        """
        time.sleep(min(seconds, _LULL_SECONDS))
        ready: Iterable[socket.socket] = select.select(self.busy, (), (), 0)[0]
        for each in ready:
            line = self.busy[each]
            line.got += each.recv(_CHUNK)
            if line.is_answered():
                del self.busy[each]
                self.idle.append(line)
                self.blows.append(Blow(int(line.got[9:12]), line.due, time.monotonic() - line.due, line.call.path))


def _as_sent(call: Call) -> bytes:
    head = f"{call.method} {call.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {call.token}\r\n\r\n"
    return head.encode()
