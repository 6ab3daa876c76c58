"""Sending what a process tells about itself to where it is kept, by a thread, whatever becomes of that place.

Nothing is done before the first item comes: no thread, no connection. From then on

1. the thread sends what waits in the ring, every few seconds or as soon as a batch is full;
2. what could not be sent waits again, at its old place. Until the place is back, nothing but `open` is tried, once per
   wait; waits double from half a second to thirty, with full jitter;
3. when it is back, one line tells for how long it was away, how many items of each severity have been dropped, and how
   many may be there twice, because the answer to their batch was lost;
4. a child of a fork begins anew: what waits is its parent's, and so are thread and connection;
5. at the end of the process everything is sent, for five seconds at most (`leave`).

What the thread causes to be logged while it talks to the place is not shipped (`is_sending`): it would never end.
Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import logging
import os
import random
import threading
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from novapulse import clock, log
from novapulse.log import leaving
from novapulse.telemetry.bell import Bell
from novapulse.telemetry.destination import NotSent, Unacceptable, reason_of
from novapulse.telemetry.ring import Bounds, Item, Limits, Ring

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from novapulse.telemetry.destination import Destination

_INTERVAL_SECONDS: Final = 5.0
_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 30.0
_MOST_DOUBLINGS: Final = 10  # beyond the longest wait
_LEAVING_SECONDS: Final = 5.0
_SECONDS_FOR_THE_LOG: Final = 1.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """How a shipper stands: what waits, and since the beginning what was dropped by severity, sent, sent in doubt."""

    waiting: int
    waiting_bytes: int
    dropped: Mapping[int, int]
    sent: int
    in_doubt: int
    is_away: bool


class Shipper:
    """Ships items to one destination; `put` costs microseconds and never waits, raises, or talks to anybody."""

    def __init__(
        self,
        name: str,
        destination: Destination,
        *,
        bounds: Bounds = Bounds(),  # noqa: B008  frozen
        limits: Limits = Limits(),  # noqa: B008  frozen
        interval_seconds: float = _INTERVAL_SECONDS,
    ) -> None:
        """Take the name for logs, the place, and how much may wait, go together, and for how long."""
        self.name = name
        self._destination, self._bounds, self._limits = destination, bounds, limits
        self._interval_seconds = interval_seconds
        self.begin_anew()
        _shippers.add(self)

    def begin_anew(self) -> None:
        """Forget everything, as a child of a fork must (step 4)."""
        self._destination.forget()
        self._ring = Ring(self._bounds)
        self._bell, self._starting = Bell(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_open = self._is_closed = False
        self._failures, self._away_since = 0, 0.0
        self._sent = self._in_doubt = self._told_in_doubt = 0
        self._refused: Counter[int] = Counter()
        self._told: Counter[int] = Counter()
        self._asked: deque[threading.Event] = deque()

    def put(self, item: Item) -> None:
        """Have an item sent soon; where too much waits already, the oldest of the lowest severity is dropped."""
        self._ring.put(item)
        if self._thread is None:
            self._start()
        if not self._failures and self._ring.fills(self._limits):
            self._bell.ring()

    def flush(self, *, seconds: float = _LEAVING_SECONDS) -> bool:
        """Send what waits now, and wait for that; tell whether it was sent within so many seconds."""
        return self.ask_for_all().wait(seconds)

    def ask_for_all(self) -> threading.Event:
        """Have all sent that waits now; what it gives is set when that has come about."""
        is_done = threading.Event()
        if self._is_closed or self._thread is None:  # nobody sends any more, or nothing ever came
            is_done.set()
            return is_done
        self._asked.append(is_done)
        self._bell.ring()
        return is_done

    def close(self) -> None:
        """Send nothing any more, and let the thread end."""
        self._is_closed = True
        self._bell.ring()

    def figures(self) -> Figures:
        """Tell how it stands."""
        ring = self._ring
        return Figures(len(ring), ring.size_bytes, self._dropped(), self._sent, self._in_doubt, bool(self._failures))

    def _start(self) -> None:
        """Start the thread; whoever comes second does not wait for it."""
        if self._is_closed or not self._starting.acquire(blocking=False):
            return
        self._thread = threading.Thread(target=self._work, name=f"ship-{self.name}", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # no thread to be had: the next item tries again
            self._thread = None
            self._starting.release()
            return
        leaving.at_the_end(_leave, rank=leaving.FIRST)

    def _work(self) -> None:
        asked: list[threading.Event] = []
        while not self._is_closed:
            self._rest()
            asked += [self._asked.popleft() for _ in range(len(self._asked))]
            try:
                is_well = self._take_turn(least=Limits(items=1) if asked else self._limits)
            except Exception:  # noqa: BLE001  as below
                log.failed(_logger, "telemetry.stumbled")  # a mistake of ours, and no reason to tell nothing any more
                is_well = True
            while is_well and asked:
                asked.pop().set()

    def _take_turn(self, *, least: Limits) -> bool:
        """Send one batch, and more while at least so much waits; tell whether the place is well."""
        is_well = self._send_batch()
        while is_well and self._ring.fills(least):
            is_well = self._send_batch()
        if is_well:
            self._tell_of_trouble()
        return is_well

    def _rest(self) -> None:
        """Wait for the next turn (steps 1 and 2): no full batch shortens the wait for a place that is away."""
        seconds = wait_seconds(self._failures) if self._failures else self._interval_seconds
        ends_at = clock.monotonic() + seconds
        while (left := ends_at - clock.monotonic()) > 0:
            if self._is_closed or self._asked or (not self._failures and self._ring.fills(self._limits)):
                return
            self._bell.wait(left)

    def _send_batch(self) -> bool:
        """Send the oldest that waits; tell whether the place is well. Whatever fails, the thread goes on."""
        batch: list[Item] = []
        try:
            with _sending():
                if len(self._ring) and not self._is_open:
                    self._destination.open()
                    self._is_open = True
                batch = self._ring.take(self._limits)
                refused = _refused(self._destination, batch)
        except Exception as error:  # noqa: BLE001  the outermost edge of a thread: the place is away, or a mistake of ours
            self._ring.give_back(batch)
            self._in_doubt += 0 if isinstance(error, NotSent) else len(batch)
            self._failed(error)
            return False
        self._failures = min(self._failures, 1)  # what is told of the outage comes when this turn is over
        self._sent += len(batch) - len(refused)
        self._refused.update(item.severity for item in refused)
        return True

    def _failed(self, error: Exception) -> None:
        self._is_open = False
        self._failures += 1
        if self._failures == 1:
            self._away_since = clock.monotonic()
            log.event(_logger, "telemetry.away", level=logging.WARNING, destination=self.name, reason=reason_of(error))

    def _tell_of_trouble(self) -> None:
        """Log one line of what is over: an outage, what was dropped (step 3)."""
        dropped, in_doubt = self._dropped() - self._told, self._in_doubt - self._told_in_doubt
        if self._failures:
            name, away_seconds = "telemetry.recovered", round(clock.monotonic() - self._away_since, 1)
        elif dropped:
            name, away_seconds = "telemetry.dropped", 0.0
        else:
            return
        self._told, self._told_in_doubt = self._told + dropped, self._told_in_doubt + in_doubt
        log.event(
            _logger,
            name,
            level=logging.WARNING,
            destination=self.name,
            away_seconds=away_seconds,
            dropped=by_name(dropped),
            in_doubt=in_doubt,
        )
        self._failures = 0

    def _dropped(self) -> Counter[int]:
        return self._ring.dropped + self._refused


_shippers: WeakSet[Shipper] = WeakSet()
_here: Final = threading.local()


def shippers() -> list[Shipper]:
    """List the shippers of this process, by name."""
    return sorted(_shippers, key=lambda shipper: shipper.name)


def is_sending() -> bool:
    """Tell whether this thread is a shipper's, talking to its destination."""
    return getattr(_here, "is_sending", False)


def wait_seconds(failures: int) -> float:
    """Tell how long to leave a place alone that has failed so often in a row: 0.5 to 30 s at most, with full jitter."""
    doubled = _FIRST_WAIT_SECONDS * 2 ** min(failures - 1, _MOST_DOUBLINGS)
    return random.uniform(0.0, min(_LONGEST_WAIT_SECONDS, doubled))  # noqa: S311  no secret


def by_name(counted: Mapping[int, int]) -> dict[str, int]:
    """Give counts by severity as counts by the name of the level."""
    return {logging.getLevelName(severity).lower(): count for severity, count in sorted(counted.items())}


def leave(*, seconds: float = _LEAVING_SECONDS) -> None:
    """Send what all shippers of this process hold, within so many seconds in all, and close them (step 5).

    The end of a process does so by itself (`novapulse.log.leaving`), with a second left for the log.
    """
    ends_at = clock.monotonic() + seconds
    asked = [(shipper, shipper.ask_for_all()) for shipper in shippers()]
    for shipper, is_done in asked:
        if not is_done.wait(max(0.0, ends_at - clock.monotonic())):
            waiting = shipper.figures().waiting
            log.event(_logger, "telemetry.left_behind", level=logging.ERROR, destination=shipper.name, items=waiting)
        shipper.close()


def _leave() -> None:
    leave(seconds=leaving.seconds_left() - _SECONDS_FOR_THE_LOG)


@contextmanager
def _sending() -> Iterator[None]:
    _here.is_sending = True
    try:
        yield
    finally:
        _here.is_sending = False


def _refused(destination: Destination, batch: Sequence[Item]) -> Sequence[Item]:
    try:
        return destination.send(batch) if batch else ()
    except Unacceptable:
        return batch


def _begin_anew() -> None:
    for shipper in _shippers:
        shipper.begin_anew()


os.register_at_fork(after_in_child=_begin_anew)
