"""What the gate costs: the list of 25 tasks with it and without, and its decision against a bare PING.

1. Requests per CPU-second with the gate and without (benchmarks.ungated), in turns on the same stores, data and tokens.
2. The decision and a PING in turns on one connection, in microseconds; and all that the gate does about a request.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from itertools import cycle
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks import sides
from benchmarks.load import Call
from novapulse.local.private import running_services

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DECISIONS = 20_000
_PATH = "/api/v1/tasks"
_SIDES = {"with the gate": "config.wsgi:application", "without": "benchmarks.ungated:application"}


def main() -> None:
    """Measure both."""
    with running_services() as urls, ExitStack() as servers:
        sides.take_up(urls)
        from benchmarks import seed  # noqa: PLC0415  once the addresses are known

        tokens = seed.companies_with_tasks()
        calls = [Call(_PATH, {"Authorization": f"Bearer {token}"}) for token in tokens]
        both = {
            name: sides.Side(*servers.enter_context(sides.served(target)), calls) for name, target in _SIDES.items()
        }
        gated, bare = (sides.answer(side.port, calls[0])[0] for side in both.values())
        assert gated == bare, "both sides must give the same tasks"
        sides.compare(sides.measured(both))
        _print_microseconds(tokens)


def _print_microseconds(tokens: Sequence[str]) -> None:
    from apps.auth.domain.tokens import read  # noqa: PLC0415  once Django is set up
    from novapulse.gate import gate  # noqa: PLC0415  as above

    the_gate: Any = gate.current()
    client = the_gate.store._provider.client()  # noqa: SLF001  the very connection that the gate asks on
    credentials = cycle([read(token).credential for token in tokens])

    def decide() -> None:
        the_gate.end(the_gate.decide(next(credentials), units=1))

    for _ in tokens:
        decide()  # fills Redis
    table = Table("one thread, one connection", "p50 us", "p99 us")
    for name, each in _timed({"bare PING": client.ping, "the gate's decision": decide}).items():
        table.add_row(name, *(f"{each[round(share * len(each)) - 1] / 1000:.0f}" for share in (0.5, 0.99)))
    Console().print(table)


def _timed(works: dict[str, Callable[[], object]]) -> dict[str, list[int]]:
    """Do them in turns; give the nanoseconds of each, ranked."""
    taken: dict[str, list[int]] = {name: [] for name in works}
    for _ in range(DECISIONS):
        for name, work in works.items():
            started = time.perf_counter_ns()
            work()
            taken[name].append(time.perf_counter_ns() - started)
    return {name: sorted(each) for name, each in taken.items()}


if __name__ == "__main__":
    main()
