"""What telling of everything costs: the list of 25 tasks with telemetry off, with logs, metrics, and traces at 5 %.

The same server, stores, data and tokens, measured in turns; the log goes to a file, spans to a collector that throws
them away. Run as `python -m benchmarks.telemetry`; it starts stores of its own and takes three minutes.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from benchmarks import sides
from benchmarks.load import Call
from novapulse.local.private import running_services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.load import Round

_PATH: Final = "/api/v1/tasks"
_TURNS: Final = 25  # many short ones: what else the machine does falls on all sides alike
_SECONDS: Final = 1.2
_TARGET: Final = "benchmarks.telling:application"
_SIDES: Final = {"off": "", "logs": "logs", "+ metrics": "logs metrics", "+ traces": "logs metrics traces"}


def main() -> None:
    """Seed, serve all sides, measure in turns, print medians and what of the first each keeps."""
    with running_services() as urls, collecting() as (endpoint, received), ExitStack() as servers:
        sides.take_up(urls)
        from benchmarks import seed  # noqa: PLC0415  once the addresses are known

        calls = [Call(_PATH, {"Authorization": f"Bearer {token}"}) for token in seed.companies_with_tasks()]
        found = {}
        for name, told in _SIDES.items():
            variables = {"BENCH_TOLD": told, "LOG_LEVEL": "INFO", "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
            if "traces" in told:
                variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
            server = servers.enter_context(sides.served(_TARGET, variables=variables))
            found[name] = sides.Side(*server, calls)
        rounds = sides.measured(found, turns=_TURNS, seconds=_SECONDS)
    _print(rounds)
    Console().print(f"{len(received)} batches of spans, {sum(received) / 1e6:.1f} MB")


def _print(rounds: dict[str, list[Round]]) -> None:
    table = Table("told", "requests per CPU-second", "CPU us per request", "of it", "rounds")
    bare = rounds["off"]
    for name, each in rounds.items():
        rate = median(one.per_cpu_second for one in each)
        shares = sorted(one.per_cpu_second / other.per_cpu_second for one, other in zip(each, bare, strict=True))
        spread = f"{shares[0]:.2f} to {shares[-1]:.2f}"
        table.add_row(name, f"{rate:.0f}", f"{1e6 / rate:.0f}", f"{median(shares):.3f}", spread)
    Console().print(table)


@contextmanager
def collecting() -> Iterator[tuple[str, list[int]]]:
    """Give the address of a collector, and the sizes of what it was sent."""
    received: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            received.append(len(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", received
        server.shutdown()


if __name__ == "__main__":
    main()
