"""The end of a piece of work, known to everything that is done for it: a deadline that only ever comes nearer.

It is a moment on the monotonic clock and lives in the context of the thread. Whoever waits for something outside asks
how much of the time remains; work in Python alone is not interrupted, it looks at its checkpoints.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Self, TypeVar

from novapulse import clock
from novapulse.errors import TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token
    from types import TracebackType

T = TypeVar("T")


class Deadline:
    """When work that began at `began_at` must be over; in force from `with` on until its end.

    Made by `opened`, `child` and `carried`. One object serves one thread, once.
    """

    __slots__ = ("_leaving", "_token", "began_at", "ends_at")

    def __init__(self, *, began_at: float, ends_at: float) -> None:
        """Take both moments, on the monotonic clock."""
        self.began_at = began_at
        self.ends_at = ends_at
        self._leaving: list[Callable[[], object]] = []
        self._token: Token[Deadline | None] | None = None

    def remaining(self) -> float:
        """Tell how many seconds are left, 0 when none are."""
        return max(0.0, self.ends_at - clock.monotonic())

    def elapsed(self) -> float:
        """Tell how many seconds have gone."""
        return clock.monotonic() - self.began_at

    def check(self) -> None:
        """Go on while there is time; raise TimedOut when there is none."""
        if clock.monotonic() >= self.ends_at:
            raise TimedOut

    def child(self, cap_seconds: float) -> Deadline:
        """Give a deadline for a part of the work: so many seconds from now, and never later than this one."""
        now = clock.monotonic()
        return Deadline(began_at=now, ends_at=min(self.ends_at, now + cap_seconds))

    def shorten(self, seconds: float) -> None:
        """End so many seconds after the beginning, where that is earlier; before anybody has been told the time."""
        self.ends_at = min(self.ends_at, self.began_at + seconds)

    def on_leaving(self, leave: Callable[[], object]) -> None:
        """Have this called, once, when the deadline is no longer in force; what came last is called first."""
        self._leaving.append(leave)

    def __enter__(self) -> Self:
        """Put it in force."""
        self._token = _deadline.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put that back in force which was before."""
        if self._token is not None:
            _deadline.reset(self._token)
        while self._leaving:
            self._leaving.pop()()


_deadline: ContextVar[Deadline | None] = ContextVar("novapulse_deadline", default=None)


def opened(seconds: float) -> Deadline:
    """Give a deadline so many seconds from now: `with deadline.opened(30): ...`; inside another one it is a child."""
    outer = _deadline.get()
    if outer is not None:
        return outer.child(seconds)
    now = clock.monotonic()
    return Deadline(began_at=now, ends_at=now + seconds)


def current() -> Deadline | None:
    """Give the deadline in force, None where nobody waits."""
    return _deadline.get()


def remaining(at_most: float) -> float:
    """Tell how many seconds something may take that wants `at_most`: what remains, where that is less."""
    deadline = _deadline.get()
    return at_most if deadline is None else min(at_most, deadline.remaining())


def check() -> None:
    """Be a checkpoint of long work in Python: raise TimedOut when the time is over."""
    deadline = _deadline.get()
    if deadline is not None:
        deadline.check()


def carried(work: Callable[[], T]) -> Callable[[], T]:
    """Give the work for another thread, such as a pool's: there it has the deadline that is in force here.

    Nothing else goes with it: a transaction, above all, is one thread's alone.
    """
    here = _deadline.get()
    if here is None:
        return work

    def within() -> T:
        with Deadline(began_at=here.began_at, ends_at=here.ends_at):
            return work()

    return within
