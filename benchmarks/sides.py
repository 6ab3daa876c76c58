"""Two sides that serve the same: measured in turns (A B A B ...), compared by medians of their rounds."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.load import Call, Round, drive
from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROUNDS = 7
SECONDS = 4.0
_WARM_SECONDS = 2.0
_PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Side:
    """A server by its port and process id, and the calls that go round on it."""

    port: int
    pid: int
    calls: Sequence[Call]


def take_up(urls: dict[str, str]) -> None:
    """Let the settings, here and in every server that is started, point to these stores."""
    os.environ.update(urls, DJANGO_SETTINGS_MODULE="config.settings.local", LOG_LEVEL="ERROR")  # noqa: TID251  settings read it next


@contextmanager
def served(target: str, *, variables: Mapping[str, str] | None = None) -> Iterator[tuple[int, int]]:
    """Serve a WSGI application, with more variables; give its port and the server's process id.

    What it prints goes nowhere but into a file, which goes with it.
    """
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "8", "--http", "1", "--no-ws"]
    argv = [sys.executable, "-m", "granian", *options, "--host", "127.0.0.1", "--port", str(port), target]
    given = {**os.environ, **(variables or {})}  # noqa: TID251  handed on
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen([*argv, "--log-level", "warning"], env=given, stdout=output, stderr=output) as server,  # noqa: S603  the argv is ours
    ):
        try:
            _wait_for(port)
            yield port, server.pid
        finally:
            server.terminate()


def answer(port: int, call: Call) -> tuple[Any, dict[str, str]]:
    """Make a call once; give its JSON and its headers, names in lower case."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{call.path}", headers=call.headers)
    with urllib.request.urlopen(request) as response:  # noqa: S310  loopback
        return json.load(response), {name.lower(): value for name, value in response.getheaders()}


def measured(sides: dict[str, Side], *, turns: int = ROUNDS, seconds: float = SECONDS) -> dict[str, list[Round]]:
    """Warm each side up, then drive them in turns, so many times for so long."""
    for side in sides.values():
        drive(side.port, side.calls, seconds=_WARM_SECONDS, pid=side.pid)  # fills pools and caches
    rounds: dict[str, list[Round]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, side in sides.items():
            rounds[name].append(drive(side.port, side.calls, seconds=seconds, pid=side.pid))
    return rounds


def compare(rounds: dict[str, list[Round]]) -> None:
    """Print the medians of both sides, and the ratio of the first to the second, round by round."""
    table = Table("side", "requests per CPU-second", "CPU ms per request", "requests per second")
    for name, each in rounds.items():
        rate, throughput = median(one.per_cpu_second for one in each), median(one.per_second for one in each)
        table.add_row(name, f"{rate:.0f}", f"{1000 / rate:.3f}", f"{throughput:.0f}")
    first, second = rounds.values()
    ratios = sorted(mine.per_cpu_second / other.per_cpu_second for mine, other in zip(first, second, strict=True))
    console = Console()
    console.print(table)
    console.print(f"ratio: median {median(ratios):.2f} of {len(ratios)} rounds ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def _wait_for(port: int) -> None:
    until = clock.monotonic() + _PATIENCE_SECONDS
    while clock.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    raise SystemExit(f"nothing listens on port {port}")
