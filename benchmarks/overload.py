"""Ten times what a company may, offered in an open loop to four processes: what is admitted, how late answers are."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks import sides
from novapulse.local.private import running_services

if TYPE_CHECKING:
    from collections.abc import Sequence

PROCESSES = 4
QUOTA, WINDOW_SECONDS = 100, 2
_RATE = QUOTA / WINDOW_SECONDS
OFFERED_PER_SECOND = 10 * _RATE
SECONDS = 10
_WORKERS = 32


def main() -> None:
    """Seed one company, serve, offer, print."""
    with running_services() as urls, ExitStack() as servers:
        sides.take_up(urls)
        from benchmarks import seed  # noqa: PLC0415  once the addresses are known

        token = seed.company_with_limits(quota=QUOTA, window_seconds=WINDOW_SECONDS)
        started = [servers.enter_context(sides.served("config.wsgi:application")) for _ in range(PROCESSES)]
        ports = [port for port, _ in started]
        answers, lasted = _offered(ports, token)
    seen = Counter(status for status, _ in answers)
    due = QUOTA + _RATE * lasted
    table = Table("offered", "admitted", "admitted / offered", "due", "admitted / due", "p50 ms", "p99 ms")
    ranked = sorted(seconds for _, seconds in answers)
    middle, late = (1000 * ranked[round(share * len(ranked)) - 1] for share in (0.5, 0.99))
    admitted = seen[200]
    shares = (f"{admitted / len(answers):.3f}", f"{due:.0f}", f"{admitted / due:.3f}")
    table.add_row(str(len(answers)), str(admitted), *shares, f"{middle:.1f}", f"{late:.1f}")
    Console().print(table, f"answers by status: {dict(seen)}", sep="\n")


def _offered(ports: Sequence[int], token: str) -> tuple[list[tuple[int, float]], float]:
    """Send at the pace whatever comes back; give status and seconds of each answer, and how long it all took."""
    answers: list[tuple[int, float]] = []
    numbers, total, started = count(), int(OFFERED_PER_SECOND * SECONDS), time.monotonic()

    def work() -> None:
        lines = {port: http.client.HTTPConnection("127.0.0.1", port, timeout=30) for port in ports}
        while (number := next(numbers)) < total:
            due = started + number / OFFERED_PER_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            line = lines[ports[number % len(ports)]]
            line.request("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
            response = line.getresponse()
            response.read()
            answers.append((response.status, time.monotonic() - due))

    threads = [threading.Thread(target=work) for _ in range(_WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, time.monotonic() - started


if __name__ == "__main__":
    main()
