"""A network that can be broken: a TCP proxy in a process of its own, in front of one server.

A process of its own, so that its threads and those of a test never wait for one interpreter. It reads commands from its
standard input and answers each when it holds. `Proxy` is the near side; `python -m tests.faults.proxy` the far one.

pass            hands on what comes, what had been held back first
refuse          nobody listens any more, and every connection is reset
blackhole       connections are taken and held, nothing is handed on until the mode changes
slow MS         every piece of a request is handed on so many milliseconds late
reset BYTES     each connection is reset once so many bytes of answers have gone through it
half-close      answers end (FIN), while requests are still taken
"""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from novapulse.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parents[2]
_PIECE_BYTES = 65_536
_HOST = "127.0.0.1"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: close() sends RST


@dataclass(frozen=True)
class Proxy:
    """A running proxy; `port` is where clients connect."""

    port: int
    process: subprocess.Popen[str]

    def passes(self) -> None:
        self._say("pass")

    def refuses(self) -> None:
        self._say("refuse")

    def swallows(self) -> None:
        self._say("blackhole")

    def slows(self, milliseconds: int) -> None:
        self._say(f"slow {milliseconds}")

    def resets(self, *, after_bytes: int) -> None:
        self._say(f"reset {after_bytes}")

    def half_closes(self) -> None:
        self._say("half-close")

    def _say(self, command: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"{command}\n", "the proxy has ended"


@contextmanager
def proxied(server_port: int) -> Iterator[Proxy]:
    """Run a proxy in front of a server of this machine, passing everything, until the block ends."""
    port = free_port()
    argv = [sys.executable, "-m", "tests.faults.proxy", str(port), str(server_port)]
    with subprocess.Popen(  # noqa: S603  our own program
        argv, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        proxy = Proxy(port, process)
        try:
            proxy.passes()
            yield proxy
        finally:
            process.kill()


@dataclass
class Network:
    """The far side: what is done to whatever comes. `changed` guards the mode and wakes those that are held back."""

    port: int
    server_port: int
    mode: str = "refuse"
    figure: int = 0
    listener: socket.socket | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)
    sockets: set[socket.socket] = field(default_factory=set)

    def turn(self, mode: str, figure: int) -> None:
        """Change the mode; what comes from now on is treated by it."""
        with self.changed:
            self.mode, self.figure = mode, figure
            self.changed.notify_all()
        if mode == "refuse":
            self._shut()
        elif self.listener is None:
            self.listener = socket.create_server((_HOST, self.port), backlog=256)
            threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()
        if mode == "half-close":
            for each in list(self.sockets):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_WR)

    def _shut(self) -> None:
        if self.listener is not None:
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which would keep the port open
            self.listener.close()
            self.listener = None
        for each in list(self.sockets):
            self.reset(each)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed: refused from now on
            while True:
                client, _ = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sockets.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Connect to the server, once that is allowed, and hand on both ways."""
        if not self._may_go_on():
            self.reset(client)
            return
        try:
            server = socket.create_connection((_HOST, self.server_port), timeout=5)
        except OSError:
            self.reset(client)
            return
        server.settimeout(None)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = threading.Thread(target=self._hand_on, args=(server, client), daemon=True)
        answers.start()
        self._hand_on(client, server)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        answers.join()
        server.close()
        client.close()
        self.sockets.discard(client)

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        handed_bytes, is_answer = 0, sink in self.sockets
        with contextlib.suppress(OSError):  # either side has gone
            while piece := source.recv(_PIECE_BYTES):
                if not self._may_go_on():
                    break
                if self.mode == "slow" and not is_answer:
                    time.sleep(self.figure / 1000)
                if self.mode == "reset" and is_answer and handed_bytes + len(piece) > self.figure:
                    sink.sendall(piece[: max(0, self.figure - handed_bytes)])
                    self.reset(sink)
                    return
                if self.mode == "half-close" and is_answer:
                    sink.shutdown(socket.SHUT_WR)
                    continue
                sink.sendall(piece)
                handed_bytes += len(piece)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _may_go_on(self) -> bool:
        """Wait as long as everything is held back; tell whether connections are wanted at all."""
        with self.changed:
            self.changed.wait_for(lambda: self.mode != "blackhole")
            return self.mode != "refuse"

    def reset(self, client: socket.socket) -> None:
        self.sockets.discard(client)
        with contextlib.suppress(OSError):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            client.shutdown(socket.SHUT_RD)  # wakes the thread that reads, which would keep the socket open
            client.close()


def main() -> None:
    """Obey the commands of the near side until it closes the pipe."""
    port, server_port = map(int, sys.argv[1:])
    network = Network(port, server_port)
    for line in sys.stdin:
        mode, _, figure = line.strip().partition(" ")
        network.turn(mode, int(figure or 0))
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
