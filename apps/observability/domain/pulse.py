"""The pulse of the platform: requests of all processes and hosts, for people who look at it (`pulse_reading`).

What a process measures anyway (`request_metrics`), it adds to sums in Redis that it shares with all others.

1. Every ten seconds a thread takes what has come up since the last time, and adds it in one round trip to the ten
   seconds that have just ended. It waits up to a second first, by chance, so that not all come at once.
2. Requests in all, by ten seconds: how many in each bucket of their duration, how many were refused and failed; and how
   many processes have told. Routes and companies, by minute: those of which a process has seen most, the others in one.
3. A process that ends adds the rest to the ten seconds under way.

Fails open: what cannot be added is counted among the drops, and missing in the picture. No request waits for any of it.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from novapulse import clock
from novapulse.data import tallies
from novapulse.data.tallies import Tallies
from novapulse.errors import Trouble
from novapulse.log import leaving
from novapulse.telemetry import drops, meter
from novapulse.telemetry.since import Since

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from novapulse.telemetry.meter import Spread

SLOT_SECONDS: Final = 10
MINUTE: Final = 6  # slots
LATEST_SECONDS: Final = 1.5  # after the end of a slot all have told of it
DURATIONS: Final = "http.server.request.duration"
REFUSED, FAILED, PROCESSES = "4xx", "5xx", "processes"
BY_COMPANY: Final[Mapping[str, str]] = {
    "requests": "novapulse.company.requests",
    "limited": "novapulse.company.limited",
    "failed": "novapulse.company.failed",
    "shadowed": "novapulse.company.shadowed",
}
OTHER: Final = "other"

_MOST_ROUTES: Final = 60  # of one process in ten seconds
_WAIT_SECONDS: Final = 1.0
_LEAVING_SECONDS: Final = 1.0


def slot_of(at: float) -> int:
    """Tell in which ten seconds a time is, given in seconds since 1970."""
    return int(at // SLOT_SECONDS)


class Pulse:
    """What one process tells: every time what has come up since the last one."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self._since = Since()

    def tell(self, slot: int) -> None:
        """Add what has come up to a slot (step 2)."""
        requests, minute = self._requests(), slot // MINUTE
        rankings = {f"{figure}:{minute}": self._companies(name) for figure, name in BY_COMPANY.items()}
        found = Tallies(
            {f"all:{slot}": _whole(requests), f"routes:{minute}": _by_route(requests)},
            {name: amounts for name, amounts in rankings.items() if amounts},
        )
        try:
            tallies.add(found)
        except Trouble:
            drops.count("pulse")

    def _requests(self) -> dict[tuple[str, ...], Spread]:
        family = meter.family(DURATIONS)
        spreads = {} if family is None else self._since.spreads(family)
        return {key: spread for key, spread in spreads.items() if spread.count}

    def _companies(self, name: str) -> dict[str, int]:
        family = meter.family(name)
        gained = {} if family is None else self._since.gained(family)
        return {company: int(number) for (company,), number in gained.items() if number}


class PulseThread:
    """The thread of one process that serves (steps 1 and 3), in each process anew."""

    def start(self) -> None:
        """Start, and start again in a child of a fork, which has no threads of its parent."""
        self._spawn()
        os.register_at_fork(after_in_child=self._spawn)

    def _spawn(self) -> None:
        self._pulse, self._stopped, self._is_done = Pulse(), threading.Event(), threading.Event()
        self._delay_seconds = random.uniform(0.1, _WAIT_SECONDS)  # noqa: S311  no secret
        threading.Thread(target=self._repeat, name="pulse", daemon=True).start()
        leaving.at_the_end(self._leave, rank=leaving.FIRST)

    def _repeat(self) -> None:
        is_last = False
        while not is_last:
            left = SLOT_SECONDS - clock.now().timestamp() % SLOT_SECONDS
            is_last = self._stopped.wait(left + self._delay_seconds)
            slot = slot_of(clock.now().timestamp())
            try:
                self._pulse.tell(slot if is_last else slot - 1)
            except Exception:  # noqa: BLE001  the outermost edge of a thread: the next ten seconds may be told
                drops.count("pulse")
        self._is_done.set()

    def _leave(self) -> None:
        self._stopped.set()
        self._is_done.wait(_LEAVING_SECONDS)  # else Redis does not take it


def _whole(requests: Mapping[tuple[str, ...], Spread]) -> dict[str, int]:
    whole = Counter({PROCESSES: 1})
    for (_method, _route, status_class), spread in requests.items():
        whole[status_class] += spread.count
        whole.update(dict(_buckets(spread)))
    return whole


def _by_route(requests: Mapping[tuple[str, ...], Spread]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for (method, route, _status_class), spread in requests.items():
        totals[f"{method} {route}"] += spread.count
    named = {name for name, _ in totals.most_common(_MOST_ROUTES)}
    found: Counter[str] = Counter()
    for (method, route, status_class), spread in requests.items():
        name = f"{method} {route}" if f"{method} {route}" in named else OTHER
        found[f"{name}|{status_class}"] += spread.count
        found.update({f"{name}|{bucket}": number for bucket, number in _buckets(spread)})
    return found


def _buckets(spread: Spread) -> Iterator[tuple[str, int]]:
    return ((str(bucket), number) for bucket, number in enumerate(spread.counts) if number)
