"""How fast a core is, all the time: on a shared machine it is twice as fast in one second as in the next.

What a core gives depends on what others do on the same silicon, and no clock shows it: no time is stolen, each step
takes longer. So a process on that core does the same small work 40 times a second, and notes the processor time that it
took; it takes two hundredths of the core. The work is a little of many kinds, as a request is: of what was tried, what
a process that serves gets done in a second follows this best (docs/adr/0014-load-shedding.md).
"""

from __future__ import annotations

import ast
import copy
import os
import re
import signal
import string
import sys
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from novapulse.local.guard import LAST_IN
from novapulse.local.service import Launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.world import World

_ROOT = Path(__file__).resolve().parents[2]
_BETWEEN_SECONDS = 0.025
_SOURCE = "def f(a, b):\n  if a > b: return [x * 2 for x in range(a) if x % 3]\n  return dict(zip('abc', (1, 2, 3)))\n"
_NESTED = {"a": [1, 2, {"b": (1, 2)}], "c": "d"}
_PROSE = "Quick workers serve quietly; "
_FEWEST_BEATS = 20


@dataclass(frozen=True, slots=True)
class Pulse:
    """What was noted of one core: a line a beat, with when it was and the seconds of processor time."""

    log: Path

    def speed(self, begin: float, end: float) -> float:
        """Give the mean speed of the core between two moments of the monotonic clock, in works a millisecond."""
        lines = self.log.read_text(encoding="ascii").split("\n")[:-1]
        beats = [(float(at), float(took)) for at, took in map(str.split, lines)]
        speeds = [1e-3 / took for at, took in beats if begin <= at <= end]
        assert len(speeds) >= _FEWEST_BEATS, f"only {len(speeds)} beats in {end - begin:.1f} s"
        return mean(speeds)


@contextmanager
def felt(world: World, *, core: int) -> Iterator[Pulse]:
    """Note the speed of the core until the block ends."""
    log = world.folder / "logs" / f"pulse-{core}-{time.monotonic_ns()}.log"
    environment = {"PYTHONUNBUFFERED": "1"}
    launch = Launch(argv=(sys.executable, "-m", "tests.prove.pulse", str(core)), cwd=_ROOT, environment=environment)
    process = world.guard.spawn(launch, log=log, stop_signal=signal.SIGTERM, stage=LAST_IN)
    try:
        yield Pulse(log)
    finally:
        process.terminate()
        process.wait()


def _beat(core: int) -> None:
    os.sched_setaffinity(0, {core})
    while True:
        time.sleep(_BETWEEN_SECONDS)
        _work()  # what it needs is near again
        began = time.thread_time()
        _work()
        print(f"{time.monotonic():.4f} {time.thread_time() - began:.7f}")  # noqa: T201  this is its log


def _work() -> None:
    ast.parse(_SOURCE)
    copy.deepcopy(_NESTED)
    textwrap.wrap(_PROSE * 4, 30)
    re.sub(r"(\w+) (\w+)", r"\2 \1", _PROSE)
    Decimal("1.1").quantize(Decimal(1))
    datetime.fromisoformat("2026-11-26T12:00:00+00:00").isoformat()
    string.Template("$a b").substitute(a=1)


if __name__ == "__main__":
    _beat(int(sys.argv[1]))
