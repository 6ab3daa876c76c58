"""A bulkhead: what is dear has a small room of its own, so that a flood of it does not sink the ship."""

from __future__ import annotations

import os
from collections import Counter
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from novapulse.errors import Overloaded
from novapulse.resilience import deadline

if TYPE_CHECKING:
    from types import TracebackType


class Bulkhead:
    """A room for `slots` at work, with a bench for `waiting` more: `with bulkhead: ...`.

    Fails closed: whoever finds the bench full, or has sat on it for `wait_seconds`, is refused with Overloaded, and has
    done nothing yet. Whoever is in must not enter again: it would wait for itself.
    """

    def __init__(self, name: str, *, slots: int, waiting: int, wait_seconds: float) -> None:
        """Take the name under which it is told of, how many are let in at a time, how many may wait, and how long.

        Rooms of which there are many, and which come and go, share a name.
        """
        self.name = name
        self.slots = slots
        self._wait_seconds = wait_seconds
        self._places = BoundedSemaphore(slots + waiting)  # in the room or on the bench
        self._slots = BoundedSemaphore(slots)
        _rooms.add(self)

    @property
    def used(self) -> int:
        """Tell how many are in the room."""
        return self.slots - self._slots._value  # noqa: SLF001  a semaphore shows no figure

    def __enter__(self) -> None:
        """Come in, at once or after a wait; raise Overloaded."""
        if not self._places.acquire(blocking=False):
            _refusals.count(self.name)
            raise Overloaded
        if not self._slots.acquire(timeout=deadline.remaining(self._wait_seconds)):
            self._places.release()
            _refusals.count(self.name)
            raise Overloaded

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Go, whatever has happened inside."""
        self._slots.release()
        self._places.release()


class _Refusals:
    """How many were refused, by the rooms' name: what is counted stays when a room goes."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)

    def count(self, name: str) -> None:
        with self._lock:
            self.counted[name] += 1

    def _begin_anew(self) -> None:
        self._lock = Lock()  # a thread that the child does not have may hold the other one


_refusals: Final = _Refusals()
_rooms: Final[WeakSet[Bulkhead]] = WeakSet()


def rooms() -> list[Bulkhead]:
    """List the bulkheads of this process."""
    return list(_rooms)


def refused() -> dict[str, int]:
    """Tell how many were refused since this process began, by the rooms' name; it never goes down."""
    return dict.fromkeys((room.name for room in rooms()), 0) | dict(_refusals.counted)
