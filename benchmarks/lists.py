"""The list of 25 tasks, authenticated: our endpoint against the floor, on the same server, data and tokens.

200 companies with 1,000 tasks each; the load goes round all of their tokens. Both sides run under granian with the
same options and are measured in turns. Run as `python -m benchmarks.lists`; it starts stores of its own and takes two
minutes.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks.load import Call, Round, drive
from novapulse import clock
from novapulse.local.private import running_services

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 7
SECONDS = 4.0
_PATH = "/api/v1/tasks"
_PATIENCE_SECONDS = 30
_SIDES = {"our endpoint": "config.wsgi:application", "bare WSGI floor": "benchmarks.floor:application"}


def main() -> None:
    """Seed, serve both sides, check that they answer alike, measure in turns, print medians and their ratio."""
    with running_services() as urls, ExitStack() as servers:
        os.environ.update(urls, DJANGO_SETTINGS_MODULE="config.settings.local", LOG_LEVEL="ERROR")  # noqa: TID251  settings read it next
        from benchmarks import seed  # noqa: PLC0415  once the addresses are known

        calls = [Call(_PATH, {"Authorization": f"Bearer {token}"}) for token in seed.companies_with_tasks()]
        sides = {name: servers.enter_context(_served(target)) for name, target in _SIDES.items()}
        ours, floor = (_data(port, calls[0]) for port, _ in sides.values())
        assert ours == floor, "both sides must give the same tasks"
        _print(_measured(sides, calls))


def _measured(sides: dict[str, tuple[int, int]], calls: list[Call]) -> dict[str, list[Round]]:
    for port, pid in sides.values():
        drive(port, calls, seconds=2, pid=pid)  # fills pools and caches
    rounds: dict[str, list[Round]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, (port, pid) in sides.items():
            rounds[name].append(drive(port, calls, seconds=SECONDS, pid=pid))
    return rounds


def _print(rounds: dict[str, list[Round]]) -> None:
    table = Table("side", "requests per CPU-second", "CPU ms per request", "requests per second")
    for name, each in rounds.items():
        rate, throughput = median(one.per_cpu_second for one in each), median(one.per_second for one in each)
        table.add_row(name, f"{rate:.0f}", f"{1000 / rate:.3f}", f"{throughput:.0f}")
    ours, floor = rounds.values()
    ratios = sorted(mine.per_cpu_second / bare.per_cpu_second for mine, bare in zip(ours, floor, strict=True))
    console = Console()
    console.print(table)
    console.print(f"ratio: median {median(ratios):.2f} of {len(ratios)} rounds ({ratios[0]:.2f} to {ratios[-1]:.2f})")


@contextmanager
def _served(target: str) -> Iterator[tuple[int, int]]:
    """Serve a WSGI application; give its port and the server's process id."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "8", "--http", "1", "--no-ws"]
    argv = [sys.executable, "-m", "granian", *options, "--host", "127.0.0.1", "--port", str(port), target]
    with subprocess.Popen([*argv, "--log-level", "warning"]) as server:  # noqa: S603  the argv is ours
        try:
            _wait_for(port)
            yield port, server.pid
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    until = clock.monotonic() + _PATIENCE_SECONDS
    while clock.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    raise SystemExit(f"nothing listens on port {port}")


def _data(port: int, call: Call) -> object:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{call.path}", headers=call.headers)
    with urllib.request.urlopen(request) as response:  # noqa: S310  loopback
        body = json.load(response)
    return body["data"] if isinstance(body, dict) else body


if __name__ == "__main__":
    main()
