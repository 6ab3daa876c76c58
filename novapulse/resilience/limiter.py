"""A limiter in memory: the quotas of one process, for when nobody else can be asked."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Callable

_NANOSECONDS: Final = 1_000_000_000  # whole numbers: fractions of a second would not add up to the window


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of asking for units.

    remaining: units that could be taken now. retry_after_seconds: until this very request would pass, 0 where it has.
    reset_seconds: until the whole quota is there again.
    """

    allowed: bool
    remaining: int
    retry_after_seconds: float
    reset_seconds: float


class Limiter:
    """GCRA, the virtual scheduling algorithm of ITU-T I.371: one number per key, all of the quota may be used at once.

    With T = window / quota, a key keeps its theoretical arrival time: the moment at which its whole quota is there
    again. To take some units:

    1. That moment is now, where it has passed.
    2. Taking the units moves it on by T each.
    3. Allowed is what leaves it no more than quota x T ahead of now; what is refused changes nothing.

    So in any stretch of time no more than `quota + stretch x quota / window` units are allowed. One lock, no waiting;
    keys beyond `most_keys` push out the one that was asked about longest ago, whose quota is then whole again.
    """

    def __init__(self, most_keys: int, *, now: Callable[[], float] = clock.monotonic) -> None:
        """Take how many keys are kept, and what tells the time: in seconds, never running backwards."""
        self._most_keys = most_keys
        self._now = now
        self._lock = Lock()
        self._arrivals: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        """Tell how many keys are kept."""
        return len(self._arrivals)

    def take(self, key: str, *, quota: int, window_seconds: float, units: int = 1) -> Taken:
        """Take units of the key's quota, all of them or none; 0 units only look; more than the quota never pass."""
        if quota < 1:
            return Taken(allowed=False, remaining=0, retry_after_seconds=window_seconds, reset_seconds=window_seconds)
        interval = -(-int(window_seconds * _NANOSECONDS) // quota)  # rounded up: never faster than the quota
        with self._lock:
            now = int(self._now() * _NANOSECONDS)
            before = max(now, self._arrivals.get(key, now))
            after = before + units * interval
            late = after - now - quota * interval
            arrival = after if late <= 0 else before
            self._keep(key, arrival=arrival)
        return Taken(
            allowed=late <= 0,
            remaining=max(0, quota - -(-(arrival - now) // interval)),
            retry_after_seconds=max(0, late) / _NANOSECONDS,
            reset_seconds=(arrival - now) / _NANOSECONDS,
        )

    def clear(self) -> None:
        """Forget every key: all quotas are whole again."""
        with self._lock:
            self._arrivals.clear()

    def _keep(self, key: str, *, arrival: int) -> None:
        self._arrivals[key] = arrival
        self._arrivals.move_to_end(key)
        if len(self._arrivals) > self._most_keys:
            self._arrivals.popitem(last=False)
