"""A bulkhead: what is dear has a small room of its own, so that a flood of it does not sink the ship."""

from __future__ import annotations

from threading import BoundedSemaphore
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
        """Take the name for logs, how many are let in at a time, how many may wait, and how long."""
        self.name = name
        self.slots = slots
        self.refused = 0
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
            self.refused += 1
            raise Overloaded
        if not self._slots.acquire(timeout=deadline.remaining(self._wait_seconds)):
            self._places.release()
            self.refused += 1
            raise Overloaded

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Go, whatever has happened inside."""
        self._slots.release()
        self._places.release()


_rooms: Final[WeakSet[Bulkhead]] = WeakSet()


def rooms() -> list[Bulkhead]:
    """List the bulkheads of this process."""
    return list(_rooms)
