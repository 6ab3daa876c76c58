"""What a guard costs: round a call of 100 us, and where eight threads call at once. `make bench ARGS=guard`.

The guard is the whole composition (retry, breaker, bulkhead); pybreaker's breaker stands beside it.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from pybreaker import CircuitBreaker
from rich.console import Console
from rich.table import Table

from novapulse.resilience.breaker import Breaker
from novapulse.resilience.bulkhead import Bulkhead
from novapulse.resilience.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[[Callable[[], None]], None]

_ROUNDS: Final = 200
_CALLS: Final = 50
_STEPS: Final = 5_000  # about 100 us; a fixed amount, so that what is added can be told
_THREADS: Final = 8
_LONG_SECONDS: Final = 0.2


def main() -> None:
    """Measure, and print two tables."""
    room = Bulkhead("bench", slots=_THREADS, waiting=_THREADS, wait_seconds=1)
    guard = Guard("bench", bulkhead=room, retry_on=(ConnectionError,))
    sides: dict[str, Call] = {
        "nothing": lambda work: work(),
        "breaker": Breaker("bench").call,
        "guard": guard.call,
        "pybreaker": CircuitBreaker().call,
    }
    costs = _costs_us(sides)
    table = Table("round a call of 100 us", "added us")
    for name in list(sides)[1:]:
        table.add_row(name, f"{costs[name] - costs['nothing']:.1f}")
    Console().print(table)
    table = Table(f"{_THREADS} threads x {_LONG_SECONDS * 1000:.0f} ms", "seconds")
    for name, call in sides.items():
        table.add_row(name, f"{_seconds_of_threads(call):.2f}")
    Console().print(table)


def _costs_us(sides: dict[str, Call]) -> dict[str, float]:
    """Take turns, and the best of many short rounds: what else the machine does only ever adds."""
    rounds = [{name: _round_us(call) for name, call in sides.items()} for _ in range(_ROUNDS)]
    return {name: min(each[name] for each in rounds) for name in sides}


def _round_us(call: Call) -> float:
    started = time.thread_time()  # of this thread alone, whatever else the machine does
    for _ in range(_CALLS):
        call(_work)
    return (time.thread_time() - started) / _CALLS * 1e6


def _work() -> None:
    for _ in range(_STEPS):
        pass


def _seconds_of_threads(call: Call) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda _: call(lambda: time.sleep(_LONG_SECONDS)), range(_THREADS)))
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
