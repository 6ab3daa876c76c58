"""The watch over requests that are past their deadline: a thread in Python cannot be stopped, but it can be seen.

One thread per process looks four times a second at what is under way:

1. A request that is past its deadline is logged once, with the stack of its thread: files, lines and names, no values.
2. Where the server starts new processes for those that end (`recycle_after`), a request that has been under way for so
   long ends this one: SIGTERM, so that the server gives it no new requests; the others have time to finish; then the
   process goes, whatever still hangs in it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
from contextvars import Context
from dataclasses import dataclass
from threading import Lock, Thread, get_ident
from typing import TYPE_CHECKING, Final

from novapulse import clock, context, log
from novapulse.log import leaving

if TYPE_CHECKING:
    from types import FrameType

    from novapulse.context import Trail
    from novapulse.resilience.deadline import Deadline

_logger = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.25
_SLACK_SECONDS: Final = 0.25  # what is answered within it has kept its time
_SURE_SIGHTINGS: Final = 4  # a process that was frozen as a whole (SIGSTOP) is late as well, and comes back by itself
_DRAIN_SECONDS: Final = 5.0  # for the others, once the server gives this process no more
_MOST_FRAMES: Final = 60
_FAILED: Final = 1  # a server that starts processes anew does so for one that failed


@dataclass(slots=True)
class _Request:
    """A request under way, and how often it was seen past its deadline."""

    deadline: Deadline
    trail: Trail | None
    sightings: int = 0


class Overruns:
    """What is under way in this process: `begin` and `end` each request in its own thread."""

    def __init__(self) -> None:
        """Begin with nothing; the watch starts with the first request, and in each process anew."""
        self._recycle_seconds: float | None = None
        self._stay_seconds = 0.0
        self._under_way: dict[int, _Request] = {}
        self._is_watched = False
        self._lock = Lock()
        os.register_at_fork(after_in_child=self._forget)

    def begin(self, deadline: Deadline) -> None:
        """Note that the thread's request is under way."""
        self._under_way[get_ident()] = _Request(deadline, context.trail())
        if not self._is_watched:
            self._start()

    def end(self) -> None:
        """Note that it is not any more."""
        self._under_way.pop(get_ident(), None)

    def overrunning(self) -> int:
        """Tell how many requests are past their deadline and have not come back."""
        now = clock.monotonic()
        return sum(_is_over(each, now=now) for each in tuple(self._under_way.values()))

    def recycle_after(self, seconds: float, *, stay_seconds: float = 0.0) -> None:
        """End this process when a request has been under way for so long: only where the server starts another.

        stay_seconds: how long it still takes requests after SIGTERM (`novapulse.resilience.draining`).
        """
        self._recycle_seconds, self._stay_seconds = seconds, stay_seconds

    def look(self) -> None:
        """Look once: report what has become overdue, and end the process where one is beyond help."""
        now = clock.monotonic()
        for thread, request in tuple(self._under_way.items()):
            if not _is_over(request, now=now):
                continue
            request.sightings += 1
            if request.sightings == 1:
                self._report(thread, request)
            elif self._is_beyond_help(request):
                self._recycle()

    def _report(self, thread: int, request: _Request) -> None:
        frame = sys._current_frames().get(thread)  # noqa: SLF001  the documented way
        if frame is not None and self._under_way.get(thread) is request:  # else it has come back meanwhile
            Context().run(_log, request, stack=_stack(frame))

    def _is_beyond_help(self, request: _Request) -> bool:
        too_long = self._recycle_seconds is not None and request.deadline.elapsed() > self._recycle_seconds
        return too_long and request.sightings >= _SURE_SIGHTINGS

    def _recycle(self) -> None:
        log.event(_logger, "resilience.worker_recycled", level=logging.ERROR, overrunning=self.overrunning())
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self._stay_seconds)
        until = clock.monotonic() + _DRAIN_SECONDS
        while clock.monotonic() < until and len(self._under_way) > self.overrunning():
            time.sleep(_LOOK_SECONDS)
        time.sleep(_LOOK_SECONDS)  # the last answers are on their way
        leaving.leave()
        os._exit(_FAILED)  # anything gentler would wait for the thread that hangs

    def _start(self) -> None:
        with self._lock:
            if not self._is_watched:
                self._is_watched = True
                Thread(target=self._watch, name="overruns", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            self.look()

    def _forget(self) -> None:
        # A child of a fork has none of its parent's threads.
        self._under_way, self._is_watched, self._lock = {}, False, Lock()


overruns = Overruns()


def _is_over(request: _Request, *, now: float) -> bool:
    return now > request.deadline.ends_at + _SLACK_SECONDS


def _stack(frame: FrameType) -> list[str]:
    """Give the innermost frames, outermost first, as `file:line function`."""
    frames = [
        f"{each.f_code.co_filename}:{line} {each.f_code.co_qualname}" for each, line in traceback.walk_stack(frame)
    ]
    return frames[:_MOST_FRAMES][::-1]


def _log(request: _Request, *, stack: list[str]) -> None:
    context.follow(request.trail)
    log.event(
        _logger,
        "resilience.request_overran",
        level=logging.ERROR,
        elapsed_ms=round(request.deadline.elapsed() * 1000),
        deadline_ms=round((request.deadline.ends_at - request.deadline.began_at) * 1000),
        stack=stack,
    )
