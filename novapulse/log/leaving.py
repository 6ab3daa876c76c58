"""The end of a process: what it still has to tell goes out, within five seconds for all of it.

Whoever holds something back says so, in each process anew, with `at_the_end`. `leave` runs by itself where a process
ends, a server's forked worker as well, and is called by whoever ends one by `os._exit`, which nothing else sees.
"""

from __future__ import annotations

import os
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Final

from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Callable

_LAST_SECONDS: Final = 5.0
_AFTER_THE_OTHERS: Final = -1  # what they do may want to be told of

FIRST: Final = 0
LOGS_LAST: Final = 1  # they tell of what the others could not send


class _End:
    """When this process, which is ending, stops waiting for anybody; nothing before it ends."""

    at: float | None = None


_acts: dict[Callable[[], None], int] = {}


def at_the_end(act: Callable[[], None], *, rank: int) -> None:
    """Have this done when this process ends, in the order of the ranks; it keeps to `seconds_left`."""
    _acts[act] = rank
    Finalize(None, leave, exitpriority=_AFTER_THE_OTHERS)


def leave() -> None:
    """Let out what is held back, once per process, within five seconds for all."""
    if _End.at is not None:
        return
    _End.at = clock.monotonic() + _LAST_SECONDS
    for act in sorted(_acts, key=_acts.__getitem__):
        act()


def seconds_left() -> float:
    """Tell for how long whoever ends may still be kept: five seconds before the end has begun."""
    return _LAST_SECONDS if _End.at is None else max(0.0, _End.at - clock.monotonic())


def _begin_anew() -> None:
    _End.at = None  # it is the parent that was ending
    _acts.clear()


os.register_at_fork(after_in_child=_begin_anew)
